/** Bundles main.js with webpack 4, which parses no syntax of ES2020 and later by itself. */
const { join } = require('node:path');
const webpack = require('webpack-4');

const config = {
  mode: 'development',
  devtool: false,
  target: 'node',
  context: __dirname,
  entry: './main.js',
  output: {
    path: __dirname,
    filename: 'webpack-4.out.cjs',
    // The default is md4, which Node 17 and later do not have.
    hashFunction: 'sha256',
  },
  // It does not know `node:fs` for a module of Node.
  externals: (_context, request, done) =>
    request.startsWith('node:') ? done(null, `commonjs ${request}`) : done(),
  module: {
    rules: [
      {
        test: /\.[cm]?js$/,
        include: join(__dirname, 'node_modules/axios-auth-interceptors'),
        type: 'javascript/auto',
        loader: 'esbuild-loader',
        options: { target: 'es2018' },
      },
    ],
  },
};

webpack(config, (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  console.error(error ?? stats.toString({ all: false, errors: true }));
  process.exitCode = 1;
});
