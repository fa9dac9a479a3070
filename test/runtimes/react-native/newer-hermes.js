// Runs in Hermes first. The newest Hermes that npm has as a program is 0.12.0; these came into the engine after it,
// up to React Native 0.76 (facebook/hermes #823, #1178 and #948), and TextDecoder with 0.85 (#1855).
(function () {
  function define(owner, name, value) {
    Object.defineProperty(owner, name, { value: value, configurable: true, writable: true });
  }

  function at(index) {
    var start = Math.trunc(index) || 0;
    return this[start < 0 ? this.length + start : start];
  }
  define(Array.prototype, 'at', at);
  define(String.prototype, 'at', at);

  var DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  define(globalThis, 'btoa', function (binary) {
    var text = String(binary);
    if (/[^\0-\xff]/.test(text))
      throw new Error('Found invalid character when converting to base64');
    return text.replace(/[^]{1,3}/g, function (three) {
      var bits = 0;
      for (var i = 0; i < 3; i++) bits = (bits << 8) | (three.charCodeAt(i) || 0);
      var digits = '';
      for (var shift = 18; shift >= 0; shift -= 6) digits += DIGITS[(bits >> shift) & 63];
      return digits.slice(0, three.length + 1) + '=='.slice(three.length - 1);
    });
  });

  define(globalThis, 'atob', function (base64) {
    var text = String(base64).replace(/\s+/g, '');
    if (text.length % 4 === 0) text = text.replace(/==?$/, '');
    if (text.length % 4 === 1 || /[^A-Za-z\d+/]/.test(text))
      throw new Error('Not a valid base64 encoding');
    var binary = '';
    for (var i = 0, bits = 0, count = 0; i < text.length; i++) {
      bits = ((bits << 6) | DIGITS.indexOf(text[i])) & 0xffffff;
      count += 6;
      if (count < 8) continue;
      count -= 8;
      binary += String.fromCharCode((bits >> count) & 255);
    }
    return binary;
  });

  define(globalThis, 'TextEncoder', function TextEncoder() {});
  TextEncoder.prototype.encode = function (text) {
    var binary = unescape(encodeURIComponent(text === undefined ? '' : text));
    return Uint8Array.from(binary, function (byte) {
      return byte.charCodeAt(0);
    });
  };

  if (!globalThis.hasTextDecoder) return;
  define(globalThis, 'TextDecoder', function TextDecoder() {});
  TextDecoder.prototype.decode = function (bytes) {
    var view = ArrayBuffer.isView(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : new Uint8Array(bytes);
    var binary = '';
    for (var i = 0; i < view.length; i++) binary += String.fromCharCode(view[i]);
    return decodeURIComponent(escape(binary));
  };
})();
