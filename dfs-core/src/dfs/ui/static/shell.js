// Says whether the server is reachable, and what it refused; a page without this script
// loses only that.
"use strict";
(() => {
  const notices = document.getElementById("notices");
  const notice = (text) => {
    const line = document.createElement("p");
    line.className = "problem";
    line.textContent = text;
    notices.replaceChildren(line);
  };
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 401) {
      window.location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    try {
      const problem = JSON.parse(answer.responseText);
      notice([problem.path, problem.error].filter(Boolean).join(": ") + (problem.remedy ? ` — ${problem.remedy}` : ""));
    } catch {
      notice(`The server answered ${answer.status}.`);
    }
  });
  document.addEventListener("htmx:beforeRequest", () => notices.replaceChildren());

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  const sign = document.getElementById("server");
  if (!sign) return;
  const say = (ok) => {
    const text = ok ? sign.dataset.reachable : sign.dataset.lost;
    if (sign.textContent !== text) sign.textContent = text;
    sign.classList.toggle("lost", !ok);
    sign.hidden = false;
  };
  const look = () => fetch("/health", { cache: "no-store" }).then((r) => say(r.ok), () => say(false));
  document.addEventListener("htmx:sendError", () => say(false));
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) say(true); });
  window.addEventListener("offline", () => say(false));
  window.addEventListener("online", look);
  look();
  setInterval(() => { if (!document.hidden) look(); }, 20000);
})();
