import { h } from './dom.js';
import { parseMarkdown } from './markdown-parse.js';
import { displayName } from './users.js';

/** @typedef {import('./markdown-parse.js').Node} MarkdownNode */

const TAGS = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strike: 's',
  spoiler: 'discord-spoiler',
  subtext: 'discord-subscript',
  quote: 'discord-quote',
  item: 'discord-list-item',
};

/**
 * The text of a message as elements.
 * @param {string} source
 * @param {any} state For the names of people and channels that are mentioned.
 * @returns {Node[]}
 */
export function renderMarkdown(source, state) {
  return parseMarkdown(source).map((node) => render(node, state));
}

/** @param {MarkdownNode} node @param {any} state @returns {Node} */
function render(node, state) {
  const children = () => (node.children ?? []).map((child) => render(child, state));
  switch (node.type) {
    case 'text':
      return document.createTextNode(node.text ?? '');
    case 'paragraph':
      return h('span', { class: 'paragraph' }, ...children());
    case 'heading':
      return h('discord-header', { level: node.level }, ...children());
    case 'list': {
      const tag = node.ordered ? 'discord-ordered-list' : 'discord-unordered-list';
      return h(tag, node.ordered ? { start: node.start } : {}, ...children());
    }
    case 'code':
      return h('discord-code', {}, node.text ?? '');
    case 'code-block':
      return h('pre', { class: 'code-block', 'data-language': node.language || false }, node.text ?? '');
    case 'link':
      return h(
        'discord-link',
        { href: node.url, target: '_blank', rel: 'noreferrer noopener', title: node.url },
        ...children(),
      );
    case 'time':
      return h('discord-time', {}, new Date(Number(node.text) * 1_000).toLocaleString());
    case 'emoji':
      return document.createTextNode(`:${node.text ?? ''}:`);
    case 'user':
    case 'role':
    case 'channel':
    case 'command':
    case 'everyone':
      return renderMention(node, state);
    default:
      return h(TAGS[/** @type {keyof typeof TAGS} */ (node.type)] ?? 'span', {}, ...children());
  }
}

/** @param {MarkdownNode} node @param {any} state */
function renderMention({ type, id = '', text = '' }, state) {
  if (type === 'user') {
    const user = state.users.get(id);
    return h('discord-mention', { highlight: id === state.personId }, user ? displayName(user) : id);
  }
  if (type === 'channel') {
    const name = state.channels.get(id)?.name ?? 'unknown';
    return h('discord-mention', { type: 'channel', 'data-channel': id }, name);
  }
  if (type === 'role') {
    const roles = state.guilds.flatMap((/** @type {any} */ guild) => guild.roles ?? []);
    const role = roles.find((/** @type {any} */ entry) => entry.id === id);
    return h('discord-mention', { type: 'role' }, role?.name ?? id);
  }
  return h('discord-mention', { type: type === 'command' ? 'slash' : 'role' }, text);
}
