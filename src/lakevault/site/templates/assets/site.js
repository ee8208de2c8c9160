// How old the page is: if the job that renews it does not run, only this shows it.
(function () {
  var looked = document.getElementById("looked");
  var stale = document.getElementById("stale");
  if (looked && stale) {
    stale.hidden = Date.now() - Date.parse(looked.dateTime) < 26 * 3600 * 1000;
  }
})();
