"use strict";
// Conveniences only: every page works without this file.

// One press of a button is one act: while a form is on its way, it is not sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "many" in form.dataset) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button) button.setAttribute("aria-busy", "true");
  // A file that is downloaded leaves the page where it is; then the form is free again. One that is sent may take its time.
  const sends = [...form.elements].some((field) => field.files && field.files.length);
  if (!sends) setTimeout(() => release(form), 10000);
});

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

// A form is of the sign-in that is: who signed in anew in another tab goes on writing in this one.
const token = () => (document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/) || [])[1];
document.addEventListener("submit", (event) => {
  const field = event.target.elements.csrfmiddlewaretoken;
  if (field && token()) field.value = token();
}, true);
document.addEventListener("htmx:configRequest", (event) => {
  if (!token()) return;
  event.detail.headers["X-CSRFToken"] = token();
  if (event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = token();
});

// Menus close with Escape and by a press elsewhere.
const menus = () => document.querySelectorAll("details[data-menu][open]");
document.addEventListener("click", (event) => {
  menus().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menus().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});

// What is wrong with a form is read first.
const wrong = document.querySelector("[data-focus]");
if (wrong) { wrong.tabIndex = -1; wrong.focus(); }

// Autosave: the line in the form says where the words are. What the server answered in that line stands; the status
// speaks only where the answer brought none. Words typed while a save was on its way are not saved by it.
const typed = new WeakMap();
const sent = new WeakMap();
const lines = (form) => [...form.querySelectorAll("[data-autosave-state]")];
function autosave(form, state) {
  lines(form).forEach((line) => { line.dataset.autosaveState = state; });
  form.dataset.unsaved = state === "saved" ? "" : "yes";
}
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form) return;
  typed.set(form, (typed.get(form) || 0) + 1);
  if ("autosave" in form.dataset) autosave(form, "unsaved");
  else if ("guard" in form.dataset) form.dataset.unsaved = "yes";
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  sent.set(form, typed.get(form));
  autosave(form, "saving");
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (!form) return;
  const status = event.detail.xhr ? event.detail.xhr.status : 0;
  const told = lines(form).map((line) => line.dataset.autosaveState).find((state) => state !== "saving" && state !== "unsaved");
  const state = told || (status === 409 ? "conflict" : event.detail.successful ? "saved" : "failed");
  autosave(form, state === "saved" && sent.get(form) !== typed.get(form) ? "unsaved" : state);
});
window.addEventListener("beforeunload", (event) => {
  const leaving = document.querySelector('form[data-unsaved="yes"]:not([data-sent])');
  if (leaving) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
