// The page's own age: a job that never started leaves no trace but this.
(function () {
  var looked = document.getElementById("looked");
  var stale = document.getElementById("stale");
  if (looked && stale) {
    stale.hidden = Date.now() - Date.parse(looked.dateTime) < 26 * 3600 * 1000;
  }
})();
