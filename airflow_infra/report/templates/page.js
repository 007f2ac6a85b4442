"use strict";
(() => {
  const shown = (item, words, status) =>
    (!status || (item.dataset.status || "").includes(status)) &&
    words.every((word) => item.textContent.toLowerCase().includes(word));

  for (const tools of document.querySelectorAll(".tools")) {
    const list = document.getElementById(tools.dataset.for);
    const nothing = list.parentElement.querySelector(".nothing");
    const search = tools.querySelector("input");
    const buttons = [...tools.querySelectorAll("button")];
    const tree = list.classList.contains("tree");
    let status = "";
    const update = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const item of list.querySelectorAll("li")) {
        const visible = shown(item, words, status);
        item.hidden = !visible;
        if (visible) count += 1;
        if (tree && words.length && visible) item.querySelector(":scope > details")?.setAttribute("open", "");
      }
      nothing.hidden = count > 0;
    };
    search.addEventListener("input", update);
    for (const button of buttons)
      button.addEventListener("click", () => {
        status = button.dataset.status;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        update();
      });
    tools.hidden = false;
  }
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
