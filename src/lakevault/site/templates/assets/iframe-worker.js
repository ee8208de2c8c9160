// Browsers start no worker from a file system. There, and only there, the search's script runs in a hidden frame instead.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(address) {
      super();
      this.waiting = [];
      var frame = document.createElement("iframe");
      frame.hidden = true;
      frame.title = "search";
      document.body.appendChild(frame);
      this.inside = frame.contentWindow;
      var outside = this;
      // What the script takes for its own: answers go out, and further scripts are loaded one after the other.
      this.inside.postMessage = function (data) {
        var event = new MessageEvent("message", { data: data });
        outside.dispatchEvent(event);
        if (outside.onmessage) outside.onmessage(event);
      };
      this.inside.importScripts = function () {
        return Array.prototype.reduce.call(
          arguments,
          function (before, next) {
            return before.then(function () {
              return load(next);
            });
          },
          Promise.resolve()
        );
      };
      function load(source) {
        return new Promise(function (done, failed) {
          var script = frame.contentDocument.createElement("script");
          script.src = source;
          script.onload = done;
          script.onerror = failed;
          frame.contentDocument.body.appendChild(script);
        });
      }
      load(new URL(address, document.baseURI).href).then(function () {
        var waiting = outside.waiting;
        outside.waiting = null;
        waiting.forEach(function (data) {
          outside.postMessage(data);
        });
      });
    }
    postMessage(data) {
      if (this.waiting) {
        this.waiting.push(data);
      } else {
        this.inside.dispatchEvent(new MessageEvent("message", { data: data }));
      }
    }
    terminate() {
      this.inside.frameElement.remove();
    }
  };
  window.Worker = window.IFrameWorker;
}
