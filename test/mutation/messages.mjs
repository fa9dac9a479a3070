import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/**
 * A literal of three words or more is a sentence that somebody reads: the message of an error, a line of
 * the log. Tests do not compare such texts word by word, so what Stryker makes of them says nothing.
 * Names, codes, headers and values have fewer words and are changed. The scripts of Redis have more words
 * and are code.
 */
const SENTENCE = /\w[^\w\s]* [^\w\s]*\w+[^\w\s]* [^\w\s]*\w/;
const SCRIPTS = /src\/redis\/scripts\.ts$/;

const isSentence = {
  shouldIgnore(path) {
    if (SCRIPTS.test(path.hub?.file?.opts?.filename ?? '')) return undefined;
    return SENTENCE.test(textOf(path.node)) ? 'the text of a message' : undefined;
  },
};

function textOf(node) {
  if (node.type === 'StringLiteral') return node.value;
  if (node.type !== 'TemplateLiteral') return '';
  return node.quasis.map(({ value }) => value.raw).join('_');
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'messages', isSentence)];
