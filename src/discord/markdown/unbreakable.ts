interface Unbreakable {
  readonly whole: RegExp;
  /** What ends with the text, and may become such a thing when more of it comes. */
  readonly open: RegExp;
}

/** What Discord draws as one thing. Each expression is linear: bounded, or ended by what cannot occur in it. */
const UNBREAKABLE: ReadonlyMap<string, Unbreakable> = new Map([
  [
    // Custom emoji, mentions, commands, times, links without preview.
    '<',
    {
      whole:
        /<a?:\w{1,32}:\d{1,20}>|<(?:@[!&]?|#)\d{1,20}>|<\/[\w\- ]{1,100}:\d{1,20}>|<t:-?\d{1,15}(?::[a-zA-Z])?>|<https?:\/\/[^\s<>]{1,1900}>/y,
      open: /<(?:[a@#:/t][\w\-!&: ]{0,130}|h[^\s<>]{0,1900})?$/y,
    },
  ],
  [
    'h',
    {
      whole: /https?:\/\/[^\s<>]{1,1900}/y,
      open: /h(?:t(?:t(?:p(?:s?(?::(?:\/(?:\/[^\s<>]{0,1900})?)?)?)?)?)?)?$/y,
    },
  ],
  // Code within a line, and the backticks of a block.
  ['`', { whole: /`{3,}|`[^`\n]{1,500}`|``[^`\n]{1,500}``/y, open: /`{1,2}[^`\n]{0,500}`?$/y }],
  // Not the sign for times.
  [
    '*',
    {
      whole: /(?<![\w*\u00c0-\uffff])\*{1,3}[^\s*`\n][^*`\n]{0,200}\*{1,3}/y,
      open: /(?<![\w*\u00c0-\uffff])\*{1,3}(?:[^\s*`\n][^*`\n]{0,200}\*{0,2})?$/y,
    },
  ],
  ['|', { whole: /\|\|[^|`\n]{1,300}\|\|/y, open: /\|(?:\|(?:[^|`\n]{1,300}\|?)?)?$/y }],
  ['~', { whole: /~~[^~`\n]{1,300}~~/y, open: /~(?:~(?:[^~`\n]{1,300}~?)?)?$/y }],
]);

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** Only a line break of two characters is one to a reader, and what is not of the first alphabets. */
const MAY_COMBINE = /[\r\u0300-\uffff]/;
const MAX_CHARACTER = 64;

/** What a place lies within. */
const CHARACTER = 1;
const THING = 2;

/**
 * Where the end of a text may be cut, from `from` on: within no character and nothing that Discord draws as one
 * thing. One pass, whatever is asked of it.
 */
export class Cuttable {
  /** From here on something may still become one thing with what follows; the end of the text where nothing may. */
  readonly openFrom: number;
  readonly #text: string;
  readonly #from: number;
  readonly #isWithin: Uint8Array;

  /** `isOpen`: more of the text follows. `longest`: what is longer cannot be kept whole. */
  constructor(text: string, from: number, { isOpen, longest }: { isOpen: boolean; longest: number }) {
    this.#text = text;
    this.#from = from;
    this.#isWithin = new Uint8Array(text.length + 1);
    if (MAY_COMBINE.test(text.slice(from))) this.#markCharacters();
    this.openFrom = this.#markThings(isOpen, longest);
  }

  /** `at` lies within nothing. */
  isFree(at: number): boolean {
    return at <= this.openFrom && this.#isWithin[at] === 0;
  }

  /** The last free place up to `at` where `isEnd` holds, not before `min`. */
  findLast(at: number, min: number, isEnd: (text: string, at: number) => boolean): number | undefined {
    for (let place = at; place >= min && place > this.#from; place -= 1) {
      if (this.isFree(place) && isEnd(this.#text, place)) return place;
    }
    return undefined;
  }

  /** The last place up to `at` that parts no more than a character, and that not into what is none. */
  lastOutsideThings(at: number): number {
    let place = at;
    while (place > this.#from && (this.#isWithin[place] === THING || isWithinPair(this.#text, place)))
      place -= 1;
    return place;
  }

  #markThings(isOpen: boolean, longest: number): number {
    const text = this.#text;
    for (let at = this.#from; at < text.length;) {
      const kind = UNBREAKABLE.get(text.charAt(at));
      const whole = kind ? matchEnd(kind.whole, text, at) : undefined;
      // An address that reaches the end may go on.
      const mayGoOn = isOpen && text.length - at <= longest && (whole === undefined || whole === text.length);
      if (mayGoOn && kind && matchEnd(kind.open, text, at) !== undefined) return at;
      const end = whole !== undefined && whole - at <= longest ? whole : at + 1;
      this.#isWithin.fill(THING, at + 1, end);
      at = end;
    }
    return text.length;
  }

  #markCharacters(): void {
    for (const { segment, index } of graphemes.segment(this.#text.slice(this.#from))) {
      const start = this.#from + index;
      // No writing has longer ones: what is longer is made to be.
      if (segment.length <= MAX_CHARACTER) this.#isWithin.fill(CHARACTER, start + 1, start + segment.length);
    }
  }
}

/** Between the halves of a surrogate pair. */
export function isWithinPair(text: string, at: number): boolean {
  return /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1));
}

function matchEnd(expression: RegExp, text: string, at: number): number | undefined {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : undefined;
}
