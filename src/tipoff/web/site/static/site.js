// Dark or light by choice, tables sorted by a click, live parts asked for again. All works without.
"use strict";
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const show = (theme) => { if (theme) root.dataset.theme = theme; button.textContent = isDark() ? "Light" : "Dark"; };
  show(localStorage.getItem("theme"));
  button.hidden = false;
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    localStorage.setItem("theme", theme);
    show(theme);
  });

  const value = (cell) => {
    const text = cell.textContent.trim();
    const number = Number(text.replace(/\u2212/g, "-").replace(/[,%+\s]/g, ""));
    return text === "–" ? null : Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) => a === null ? (b === null ? 0 : 1) : b === null ? -1
    : typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  const sortable = (scope) => scope.querySelectorAll("thead th").forEach((head) => {
    const label = head.textContent.trim();
    if (!label || label === "Why") return;
    const press = document.createElement("button");
    press.type = "button";
    press.textContent = label;
    head.replaceChildren(press);
    press.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      head.parentElement.querySelectorAll("th").forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const body = head.closest("table").tBodies[0];
      const at = head.cellIndex;
      const rows = [...body.rows].map((row) => [value(row.cells[at]), row]);
      rows.sort(([a], [b]) => a === null || b === null || up ? compare(a, b) : compare(b, a));
      body.append(...rows.map(([, row]) => row));
    });
  });
  sortable(document);

  const live = [...document.querySelectorAll("[data-live]")];
  if (live.length) setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelectorAll("[data-live]").forEach((part) => {
      const fresh = page.getElementById(part.id);
      if (fresh && fresh.innerHTML !== part.innerHTML) { part.replaceWith(fresh); sortable(fresh); }
    });
  }, 1000 * Number(live[0].dataset.live));

  document.querySelectorAll("form select").forEach((one) => one.addEventListener("change", () => one.form.requestSubmit()));
})();
