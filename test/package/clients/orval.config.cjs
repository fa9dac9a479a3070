module.exports = {
  items: {
    input: './openapi.json',
    output: {
      target: './generated/orval/items.ts',
      client: 'axios-functions',
      override: { mutator: { path: './src/orval-instance.ts', name: 'send' } },
    },
  },
};
