// Says whether the server is reachable; a page without this script loses only that.
"use strict";
(() => {
  const sign = document.getElementById("server");
  if (!sign) return;
  const say = (ok) => {
    sign.textContent = ok ? sign.dataset.reachable : sign.dataset.lost;
    sign.classList.toggle("lost", !ok);
  };
  const look = () => fetch("/health", { cache: "no-store" }).then((r) => say(r.ok), () => say(false));
  document.addEventListener("htmx:sendError", () => say(false));
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) say(true); });
  window.addEventListener("offline", () => say(false));
  window.addEventListener("online", look);
  setInterval(() => { if (!document.hidden) look(); }, 20000);
})();
