// The entry of the bundle of Metro: React Native sets up its globals as it does for an app, without the user interface.
require('react-native/Libraries/Core/setUpGlobals');
require('react-native/Libraries/Core/setUpPerformance');
require('react-native/Libraries/Core/polyfillPromise');
require('react-native/Libraries/Core/setUpRegeneratorRuntime');
require('react-native/Libraries/Core/setUpTimers');
require('react-native/Libraries/Core/setUpXHR');
require('react-native/Libraries/Core/setUpNavigator');
// As in a development build; there, too, it ends as a warning.
HermesInternal.enablePromiseRejectionTracker({
  allRejections: true,
  onUnhandled: (id, reason) => console.warn(`unhandled: ${String(reason)}`),
});
require('./in-context.js');
