/** Hidden characters that are part of what people write where they stand in their place: joiners, selectors, tags. */
const IN_THEIR_PLACE = String.raw`\u200c\u200d\ufe0e\ufe0f\u{e0020}-\u{e007f}`;

/**
 * What nobody sees, though a model reads it, or what turns text round: controls, zero-width and direction marks, tag
 * characters, variation selectors, fillers. Text is shown as the same without.
 */
const hidden = new RegExp(
  String.raw`[[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufff9-\ufffb]--[\t\n]]`,
  'v',
);
const alwaysHidden = new RegExp(`[${hidden.source}--[${IN_THEIR_PLACE}]]+`, 'gv');
const lineEnd = /\r\n?|[\u0085\u2028\u2029]/g;

/** Scripts whose letters a joiner between them changes. */
const JOINING_SCRIPTS = [
  ...['Arabic', 'Syriac', 'Mandaic', 'Mongolian', 'Nko', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati'],
  ...['Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar', 'Tibetan'],
];

/** Their places. */
const PLACES = [
  // The flags of England, Scotland and Wales, the only ones that are made of tags.
  String.raw`\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}`,
  // An emoji shown as a picture or as text, and a key with a digit on it.
  String.raw`(?<=\p{Extended_Pictographic})[\u{fe0e}\u{fe0f}]`,
  String.raw`(?<=[0-9#*])\u{fe0f}(?=\u{20e3})`,
  // Emoji that are joined to one.
  String.raw`(?<=\p{Extended_Pictographic}\u{fe0f}?|\p{Emoji_Modifier})\u{200d}(?=\p{Extended_Pictographic})`,
  // Persian and the scripts of India, for instance.
  String.raw`(?<=[${JOINING_SCRIPTS.map((script) => String.raw`\p{Script=${script}}`).join('')}])[\u{200c}\u{200d}]`,
].join('|');

const outOfPlace = new RegExp(`(${PLACES})|[${IN_THEIR_PLACE}]+`, 'gu');
/** Most text, found at once to hold nothing of the kind. */
const PLAIN = /^[\t\n\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027]*$/;

/**
 * Text from outside as it may stand before the model: what people see of it, with ends of lines as `\n`. For every text
 * that somebody else wrote: messages, names, embeds, files, titles. The same again changes nothing; the work is linear.
 */
export function cleanText(text: string): string {
  if (PLAIN.test(text) || !hidden.test(text)) return text;
  return text
    .replaceAll(lineEnd, '\n')
    .replaceAll(alwaysHidden, '')
    .replaceAll(outOfPlace, (_match, inPlace?: string) => inPlace ?? '');
}

/** Text from people as a quotation: each line marked, so that nothing in it can end the quotation. */
export function toQuotedLines(text: string): string {
  return cleanText(text)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
