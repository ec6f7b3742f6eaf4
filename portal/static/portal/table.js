"use strict";
// A convenience: picks the whole page at once, and says how many rows are picked. Tables work without it.
document.querySelectorAll(".table-rows").forEach((form) => {
  const all = form.querySelector("[data-pick-page]");
  const told = form.querySelector("[data-picked]");
  const which = form.elements.which;
  if (!all || !told) return;
  const rows = [...form.querySelectorAll('input[name="row"]')];
  const tell = () => {
    const picked = rows.filter((row) => row.checked).length;
    all.checked = picked === rows.length && picked > 0;
    all.indeterminate = picked > 0 && !all.checked;
    told.value = which.value === "rows" && picked ? told.dataset.words.replace("{n}", picked) : "";
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    rows.forEach((row) => { row.checked = all.checked; });
    which.value = "rows";
    tell();
  });
  rows.forEach((row) => row.addEventListener("change", () => { which.value = "rows"; tell(); }));
  which.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
  tell();
});
