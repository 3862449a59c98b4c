/**
 * Discord's Markdown as a tree of plain objects. Nothing here knows of HTML.
 * @typedef {{ type: string, text?: string, children?: Node[], level?: number, language?: string, url?: string,
 *   id?: string, ordered?: boolean, start?: number }} Node
 */

/** @param {string} source @returns {Node[]} */
export function parseMarkdown(source) {
  /** @type {Node[]} */
  const nodes = [];
  const fence = /```(?:([\w+#.-]+)\n)?\n*([\s\S]+?)\n*(?:```|$)/g;
  let end = 0;
  for (const match of source.matchAll(fence)) {
    nodes.push(...parseBlocks(source.slice(end, match.index).replace(/\n$/, '')));
    nodes.push({ type: 'code-block', language: match[1] ?? '', text: match[2] ?? '' });
    end = match.index + match[0].length;
  }
  nodes.push(...parseBlocks(end === 0 ? source : source.slice(end).replace(/^\n/, '')));
  return nodes;
}

/**
 * The text alone, on one line.
 * @param {string} source
 * @param {(node: Node) => string} toName What a mention is called.
 */
export function toPlainText(source, toName) {
  /** @param {Node} node @returns {string} */
  const plain = (node) => {
    if (node.children) return node.children.map(plain).join(node.type === 'list' ? ' ' : '');
    return node.id === undefined ? (node.text ?? '') : toName(node);
  };
  return parseMarkdown(source).map(plain).join(' ').replace(/\s+/g, ' ').trim();
}

/** @param {string} source @returns {Node[]} */
function parseBlocks(source) {
  if (source === '') return [];
  const lines = source.split('\n');
  /** @type {Node[]} */
  const nodes = [];
  /** @type {string[]} */
  let paragraph = [];
  // Blocks keep their distance by themselves: blank lines next to them are not drawn.
  const endParagraph = () => {
    const text = paragraph.join('\n').replace(/^\s*\n|\n\s*$/g, '');
    if (text.trim() !== '') nodes.push({ type: 'paragraph', children: parseInline(text) });
    paragraph = [];
  };
  for (let index = 0; index < lines.length;) {
    const line = lines[index] ?? '';
    const block = headingAt(line) ?? quoteAt(lines, index) ?? listAt(lines, index);
    if (block === undefined) {
      paragraph.push(line);
      index += 1;
      continue;
    }
    endParagraph();
    nodes.push(block.node);
    index += block.lines;
  }
  endParagraph();
  return nodes;
}

/** @param {string} line */
function headingAt(line) {
  const heading = /^(#{1,3}) +(.+)$/.exec(line);
  if (heading) {
    const node = { type: 'heading', level: heading[1]?.length ?? 1, children: parseInline(heading[2] ?? '') };
    return { node, lines: 1 };
  }
  const subtext = /^-# +(.+)$/.exec(line);
  if (subtext === null) return undefined;
  return { node: { type: 'subtext', children: parseInline(subtext[1] ?? '') }, lines: 1 };
}

/** @param {string[]} lines @param {number} start */
function quoteAt(lines, start) {
  if (/^>>> /.test(lines[start] ?? '')) {
    const text = lines.slice(start).join('\n').slice(4);
    return { node: { type: 'quote', children: parseBlocks(text) }, lines: lines.length - start };
  }
  let end = start;
  while (/^> ?/.test(lines[end] ?? '') && /^>( |$)/.test(lines[end] ?? '')) end += 1;
  if (end === start) return undefined;
  const text = lines
    .slice(start, end)
    .map((line) => line.replace(/^> ?/, ''))
    .join('\n');
  return { node: { type: 'quote', children: parseBlocks(text) }, lines: end - start };
}

const ITEM = /^( *)([-*]|\d+\.) +(.*)$/;

/** @param {string[]} lines @param {number} start */
function listAt(lines, start) {
  const first = ITEM.exec(lines[start] ?? '');
  if (first === null) return undefined;
  const indent = first[1]?.length ?? 0;
  const ordered = /\d/.test(first[2] ?? '');
  /** @type {Node[]} */
  const items = [];
  let index = start;
  while (index < lines.length) {
    const item = ITEM.exec(lines[index] ?? '');
    if (item === null || (item[1]?.length ?? 0) < indent) break;
    if ((item[1]?.length ?? 0) > indent) {
      const nested = listAt(lines, index);
      if (nested === undefined) break;
      items.push(nested.node);
      index += nested.lines;
      continue;
    }
    if (/\d/.test(item[2] ?? '') !== ordered) break;
    items.push({ type: 'item', children: parseInline(item[3] ?? '') });
    index += 1;
  }
  const node = { type: 'list', ordered, start: Number.parseInt(first[2] ?? '1', 10) || 1, children: items };
  return { node, lines: index - start };
}

/** In order of precedence; each pattern holds where it begins. */
const INLINE = [
  ['escape', /\\([\\*_~`|>#\-[\]()<@:])/y],
  ['code', /(`{1,2})(.+?)\1(?!`)/sy],
  ['user', /<@!?(\d+)>/y],
  ['role', /<@&(\d+)>/y],
  ['channel', /<#(\d+)>/y],
  ['command', /<\/([\w -]+):\d+>/y],
  ['emoji', /<a?:(\w+):\d+>/y],
  ['time', /<t:(-?\d+)(?::[tTdDfFR])?>/y],
  ['everyone', /@(everyone|here)/y],
  ['link', /\[([^[\]\n]+)\]\(<?(https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\))?)>?\)/y],
  ['url', /<?(https?:\/\/[^\s<>]*[^\s<>.,:;"'\])}!?*_])>?/y],
  ['bold', /\*\*(.+?)\*\*(?!\*)/sy],
  ['underline', /__(.+?)__(?!_)/sy],
  ['italic', /\*(?![\s*])(.+?)(?<![\s*])\*(?!\*)/sy],
  ['italic', /_(?!\s)(.+?)_(?!\w)/sy],
  ['strike', /~~(.+?)~~/sy],
  ['spoiler', /\|\|(.+?)\|\|/sy],
];
const NESTING = new Set(['bold', 'underline', 'italic', 'strike', 'spoiler']);

/** @param {string} source @returns {Node[]} */
function parseInline(source) {
  /** @type {Node[]} */
  const nodes = [];
  let text = '';
  let index = 0;
  while (index < source.length) {
    const found = isWordInside(source, index) ? undefined : matchInline(source, index);
    if (found === undefined) {
      text += source[index];
      index += 1;
      continue;
    }
    index += found.length;
    if (found.node.type === 'escape') {
      text += found.node.text;
      continue;
    }
    if (text !== '') nodes.push({ type: 'text', text });
    text = '';
    nodes.push(found.node);
  }
  if (text !== '') nodes.push({ type: 'text', text });
  return nodes;
}

/** An underscore in the middle of a word is part of the word. @param {string} source @param {number} index */
function isWordInside(source, index) {
  return source[index] === '_' && /\w/.test(source[index - 1] ?? '') && source[index - 1] !== '_';
}

/** @param {string} source @param {number} index @returns {{ node: Node, length: number } | undefined} */
function matchInline(source, index) {
  for (const [type, pattern] of /** @type {[string, RegExp][]} */ (INLINE)) {
    pattern.lastIndex = index;
    const match = pattern.exec(source);
    if (match === null) continue;
    return { node: toInlineNode(type, match), length: match[0].length };
  }
  return undefined;
}

/** @param {string} type @param {RegExpExecArray} match @returns {Node} */
function toInlineNode(type, match) {
  if (NESTING.has(type)) return { type, children: parseInline(match[1] ?? '') };
  if (type === 'code') return { type, text: match[2] ?? '' };
  if (type === 'link') return { type, url: match[2] ?? '', children: parseInline(match[1] ?? '') };
  if (type === 'url')
    return { type: 'link', url: match[1] ?? '', children: [{ type: 'text', text: match[1] ?? '' }] };
  if (type === 'user' || type === 'role' || type === 'channel') return { type, id: match[1] ?? '' };
  return { type, text: match[1] ?? '' };
}
