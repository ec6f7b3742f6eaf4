"use strict";
// Conveniences of the page on which an application is written: it works without this file.

const writing = document.querySelector("#application-form");
const LONGEST_UNSAVED = 10000; // of typing without a pause
const AGAIN_AFTER = 6000;

const save = () => htmx.trigger(writing, "again");
const isUnsaved = () => writing.dataset.unsaved === "yes";

// Characters as people count them, not as the machine stores them.
function count(line) {
  const field = document.getElementById(line.dataset.counterOf);
  const used = [...field.value.replaceAll("\r\n", "\n")].length;
  const most = Number(line.dataset.most);
  const words = used > most ? line.dataset.over : line.dataset.words;
  line.textContent = words.replace("{used}", used.toLocaleString()).replace("{most}", most.toLocaleString()).replace("{over}", (used - most).toLocaleString());
  line.classList.toggle("counter-over", used > most);
  line.classList.toggle("counter-near", used <= most && used > 0.9 * most);
}
const counters = () => writing.querySelectorAll("[data-counter-of]");
counters().forEach(count);
writing.addEventListener("input", (event) => {
  counters().forEach((line) => { if (line.dataset.counterOf === event.target.id) count(line); });
});

// Who types without a pause is saved all the same, and so is who leaves the window.
let since = 0;
writing.addEventListener("input", () => {
  if (!isUnsaved()) since = 0;
  since ||= Date.now();
  if (Date.now() - since > LONGEST_UNSAVED) { since = 0; save(); }
});
document.addEventListener("visibilitychange", () => { if (document.hidden && isUnsaved()) save(); });

// What the page knows to be stored is not sent again: the rest of a long form would make each save slow. A field that was
// not drawn as it is stored, or not left as it was drawn, counts as unknown until a save is through.
const stored = new Map(); // by name of a field: what it says there
const sending = new WeakMap(); // by request: the same of what it sends
const names = () => [...writing.querySelectorAll("[name^=seen-]")].map((seen) => seen.name.slice("seen-".length));
const says = (name) => JSON.stringify(new FormData(writing).getAll(name).map((each) => (each instanceof File ? [each.name, each.size] : each)));
function isAsDrawn(field) {
  if (field.options) return [...field.options].every((option) => option.selected === option.defaultSelected);
  return field.type === "checkbox" || field.type === "radio" ? field.checked === field.defaultChecked : field.value === field.defaultValue;
}
if ("stored" in writing.dataset) {
  names().forEach((name) => {
    if ([...writing.elements].every((field) => field.name !== name || isAsDrawn(field))) stored.set(name, says(name));
  });
}

// A file goes alone, beside all that is written meanwhile: on a slow line it takes minutes.
const isFile = (name) => (writing.elements[name] || {}).type === "file";
document.addEventListener("htmx:configRequest", (event) => {
  const { parameters, elt } = event.detail;
  const own = elt.type === "file" ? elt.name : "";
  const sent = new Map();
  names().forEach((name) => {
    if (own ? name !== own : isFile(name) || stored.get(name) === says(name)) { delete parameters[name]; delete parameters[`seen-${name}`]; }
    else sent.set(name, says(name));
  });
  sending.set(event.detail, sent);
});
const underway = new Set(); // requests
document.addEventListener("htmx:beforeRequest", (event) => underway.add(event.detail.requestConfig));

// A file that did not arrive is not sent again by itself, which on a slow line would go on for ever: that is said once,
// beside it, with a way to try again.
const notSent = new Set(); // names of the fields whose file did not arrive
const note = (name) => document.getElementById(`note-${name}`);
function tellNotSent(name) {
  const field = writing.elements[name];
  const line = document.createElement("p");
  line.className = "field-problem";
  const words = document.createElement("span");
  words.textContent = `“${field.files[0].name}” ${field.dataset.notSent}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-outline";
  button.textContent = field.dataset.tryAgain;
  button.addEventListener("click", () => { note(name).replaceChildren(); notSent.delete(name); htmx.trigger(field, "again"); });
  line.append(words, button);
  note(name).replaceChildren(line);
  notSent.add(name);
}

// What could not be reached is tried again; what was refused is not. Whether it arrived all the same is not known: so
// what the page remembers of those fields no longer counts, only which version it saw.
let again = 0;
function forget(name) {
  const seen = writing.elements[`seen-${name}`];
  if (seen) seen.value = `${seen.value.split("-")[0]}-`;
}
document.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr ? event.detail.xhr.status : 0;
  const sent = sending.get(event.detail.requestConfig) || new Map();
  const isUpload = [...sent.keys()].some(isFile);
  underway.delete(event.detail.requestConfig);
  if (!isUpload) { since = 0; clearTimeout(again); }
  sent.forEach((words, name) => { if (status === 200) stored.set(name, words); else stored.delete(name); });
  if (status === 0) sent.forEach((_words, name) => forget(name));
  if (isUpload) sent.forEach((words, name) => {
    const isAnswered = [200, 409, 422].includes(status);
    if (!isAnswered && words === says(name)) tellNotSent(name); // and is not another one that was chosen meanwhile
  });
  if ((status === 0 || status >= 500) && !isUpload) again = setTimeout(save, AGAIN_AFTER);
  if (status === 200 && underway.size) autosave(writing, "saving");
  else if ((status === 200 || isUpload) && notSent.size) autosave(writing, "unsaved");
});
window.addEventListener("online", () => { if (isUnsaved()) save(); });

// A file that is too large is not even sent.
writing.addEventListener("change", (event) => {
  const field = event.target;
  if (field.type !== "file") return;
  const isTooLarge = [...field.files].some((file) => file.size > Number(field.dataset.mostBytes));
  note(field.name).replaceChildren();
  notSent.delete(field.name);
  if (!isTooLarge) return;
  event.stopImmediatePropagation();
  const words = document.createElement("p");
  words.className = "field-problem";
  words.textContent = `“${field.files[0].name}”: ${field.dataset.tooLarge}`;
  note(field.name).append(words);
  field.value = "";
}, true);

// The part in which one writes is marked in the list of parts.
if ("IntersectionObserver" in window) {
  const inView = new Set();
  const observer = new IntersectionObserver((entries) => {
    entries.forEach((entry) => { inView[entry.isIntersecting ? "add" : "delete"](entry.target.id); });
    const first = [...writing.querySelectorAll(".form-section")].find((part) => inView.has(part.id));
    document.querySelectorAll(".part").forEach((link) => {
      if (first && link.hash === `#${first.id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }, { rootMargin: "-20% 0px -60% 0px" });
  writing.querySelectorAll(".form-section").forEach((part) => observer.observe(part));
}
