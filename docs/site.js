// A wide table can be scrolled with the keyboard, WCAG 2.2, 2.1.1; the theme sees to code.
addEventListener("load", () => {
  for (const table of document.querySelectorAll(".md-typeset__scrollwrap")) table.tabIndex = 0;
});
