// node bundle.cjs APP PACKAGES PROFILE OUTFILE: bundles PACKAGES/react-native.js with the Metro, the Babel preset and
// the configuration of the React Native that is installed in APP, as a release build for Android does.
const { realpathSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');

const [, , app, packages, profile, outfile] = process.argv;
const requireFrom = (path) => createRequire(`${path}/`);
const { getDefaultConfig, mergeConfig } = requireFrom(app)('@react-native/metro-config');
const Metro = requireFrom(`${app}/node_modules/@react-native/community-cli-plugin`)('metro');

async function build() {
  const config = mergeConfig(await getDefaultConfig(app), {
    projectRoot: packages,
    watchFolders: [packages, app, realpathSync(`${packages}/node_modules/axios`)],
    reporter: { update: () => {} },
    cacheStores: [],
    maxWorkers: 1,
    resolver: {
      useWatchman: false,
      nodeModulesPaths: [`${packages}/node_modules`, `${app}/node_modules`],
    },
    // The user interface is left out; the entry names the modules to run first.
    serializer: { getModulesRunBeforeMainModule: () => [] },
  });
  const { code } = await Metro.runBuild(config, {
    entry: 'react-native.js',
    dev: false,
    minify: false,
    platform: 'android',
    unstable_transformProfile: profile,
  });
  writeFileSync(outfile, code);
}

build().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
