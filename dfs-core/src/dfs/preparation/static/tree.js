// Keys in the tree of a run: arrows, Home and End move, Enter opens; all else works without.
"use strict";
(() => {
  const rows = [...document.querySelectorAll(".tree tbody tr[tabindex]")];
  const go = (row) => {
    if (!row) return;
    for (const other of rows) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  };
  const level = (row) => Number(row.dataset.level);
  const moves = {
    ArrowDown: (at) => rows[at + 1],
    ArrowUp: (at) => rows[at - 1],
    Home: () => rows[0],
    End: () => rows[rows.length - 1],
    ArrowLeft: (at) => rows.slice(0, at).reverse().find((row) => level(row) < level(rows[at])),
    ArrowRight: (at) => (rows[at + 1] && level(rows[at + 1]) > level(rows[at]) ? rows[at + 1] : null),
  };
  for (const row of rows) {
    row.addEventListener("keydown", (event) => {
      if (event.target !== row) return;
      if (event.key === "Enter") row.querySelector(".name a")?.click();
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      go(move(rows.indexOf(row)));
    });
  }
})();
