// How old the page is: if the job that renews it does not run, only this shows it.
(function () {
  var looked = document.getElementById("looked");
  var stale = document.getElementById("stale");
  if (looked && stale) {
    stale.hidden = Date.now() - Date.parse(looked.dateTime) < 26 * 3600 * 1000;
  }
})();

// A picture of lineage opens where the table of the page stands.
document.querySelectorAll("svg.lineage rect.subject").forEach(function (subject) {
  var view = subject.closest(".scroll");
  view.scrollLeft = Number(subject.getAttribute("x")) + Number(subject.getAttribute("width")) / 2 - view.clientWidth / 2;
});
