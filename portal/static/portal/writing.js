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

// What could not be reached is tried again; what was refused is not. Whether it arrived all the same is not known: so
// what the page remembers of those fields no longer counts, only which version it saw.
let again = 0;
const edited = new Set();
writing.addEventListener("input", (event) => edited.add(event.target.name));
function forget(name) {
  const seen = writing.elements[`seen-${name}`];
  if (seen) seen.value = `${seen.value.split("-")[0]}-`;
}
document.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr ? event.detail.xhr.status : 0;
  since = 0;
  clearTimeout(again);
  if (status === 0) edited.forEach(forget);
  if (status === 0 || status >= 500) again = setTimeout(save, AGAIN_AFTER);
});
window.addEventListener("online", () => { if (isUnsaved()) save(); });

// A file that is too large is not even sent.
writing.addEventListener("change", (event) => {
  const field = event.target;
  if (field.type !== "file") return;
  const note = document.getElementById(`note-${field.name}`);
  const isTooLarge = [...field.files].some((file) => file.size > Number(field.dataset.mostBytes));
  note.replaceChildren();
  if (!isTooLarge) return;
  event.stopImmediatePropagation();
  const words = document.createElement("p");
  words.className = "field-problem";
  words.textContent = `“${field.files[0].name}”: ${field.dataset.tooLarge}`;
  note.append(words);
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
