// Runs in Hermes before the bundle: what the native code of React Native gives to its JavaScript. Every call goes
// to device.mjs as a line of JSON, and every answer comes back through `nativeAnswer`.
(function () {
  var write = globalThis.print;
  // What the program `hermes` adds to the engine, and React Native does not have.
  [
    'print',
    'quit',
    'gc',
    'createHeapSnapshot',
    'loadSegment',
    'setImmediate',
    'hasTextDecoder',
  ].forEach(function (name) {
    delete globalThis[name];
  });

  var lastId = 0;
  var waiting = {};
  var timers = {};

  function send(method, parameters) {
    write('\u0001' + JSON.stringify({ method: method, parameters: parameters }));
  }

  function call(method) {
    return function () {
      send(method, Array.prototype.slice.call(arguments));
    };
  }

  function callForPromise(method) {
    return function () {
      var id = ++lastId;
      send(method, [id].concat(Array.prototype.slice.call(arguments)));
      return new Promise(function (resolve) {
        waiting[id] = resolve;
      });
    };
  }

  function startTimer(repeats) {
    return function (callback, delay) {
      var id = ++lastId;
      var parameters = Array.prototype.slice.call(arguments, 2);
      timers[id] = function () {
        if (!repeats) delete timers[id];
        callback.apply(undefined, parameters);
      };
      send('startTimer', [id, Number(delay) || 0, repeats]);
      return id;
    };
  }

  function stopTimer(id) {
    if (!timers[id]) return;
    delete timers[id];
    send('stopTimer', [id]);
  }

  // Without the old bridge, which is the default since 0.76, timers are host functions.
  globalThis.RN$Bridgeless = true;
  globalThis.setTimeout = startTimer(false);
  globalThis.setInterval = startTimer(true);
  globalThis.clearTimeout = globalThis.clearInterval = stopTimer;
  globalThis.nativeLoggingHook = call('log');
  globalThis.nativeModuleProxy = {};

  function yes() {
    return true;
  }
  function nothing() {}
  function noConstants() {
    return {};
  }

  var modules = {
    NativeReactNativeFeatureFlagsCxx: { enableMicrotasks: yes, useModernRuntimeScheduler: yes },
    NativeMicrotasksCxx: {
      queueMicrotask: function (callback) {
        void Promise.resolve().then(callback);
      },
    },
    NativePerformanceCxx: { now: Date.now, timeOrigin: Date.now, setEventCounts: nothing },
    PlatformConstants: { getConstants: noConstants },
    Networking: {
      sendRequest: call('sendRequest'),
      abortRequest: call('abortRequest'),
      addListener: nothing,
      removeListeners: nothing,
    },
    BlobModule: {
      getConstants: noConstants,
      addNetworkingHandler: nothing,
      createFromParts: call('createFromParts'),
      release: call('release'),
    },
    FileReaderModule: {
      readAsText: callForPromise('readAsText'),
      readAsDataURL: callForPromise('readAsDataURL'),
    },
  };
  globalThis.__turboModuleProxy = function (name) {
    return modules[name] || null;
  };

  var answers = {
    timer: function (id) {
      if (timers[id]) timers[id]();
    },
    resolve: function (id, value) {
      waiting[id](value);
      delete waiting[id];
    },
    event: function (name, parameters) {
      globalThis.__rctDeviceEventEmitter.emit(name, parameters);
    },
    run: function (assignment) {
      globalThis.runScenario(assignment).then(call('report'), function (error) {
        send('log', [String(error && error.stack)]);
      });
    },
  };
  globalThis.nativeAnswer = function (encoded) {
    var answer = JSON.parse(decodeURIComponent(encoded));
    try {
      answers[answer.method].apply(undefined, answer.parameters);
    } catch (error) {
      send('log', [String(error && error.stack)]);
    }
  };
})();
