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
  // A file that is downloaded leaves the page where it is; then the form is free again.
  setTimeout(() => release(form), 10000);
});

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));

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

// Autosave: the line in the form says where the words are.
function autosave(form, state) {
  form.querySelectorAll("[data-autosave-state]").forEach((line) => { line.dataset.autosaveState = state; });
  form.dataset.unsaved = state === "saved" ? "" : "yes";
}
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form) return;
  if ("autosave" in form.dataset) autosave(form, "unsaved");
  else if ("guard" in form.dataset) form.dataset.unsaved = "yes";
});
function saving(event, state) {
  const form = event.target.closest("form[data-autosave]");
  if (form) autosave(form, state);
}
document.addEventListener("htmx:beforeRequest", (event) => saving(event, "saving"));
document.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr ? event.detail.xhr.status : 0;
  saving(event, status === 409 ? "conflict" : event.detail.successful ? "saved" : "failed");
});
window.addEventListener("beforeunload", (event) => {
  const leaving = document.querySelector('form[data-unsaved="yes"]:not([data-sent])');
  if (leaving) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
