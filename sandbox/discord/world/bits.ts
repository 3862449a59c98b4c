/** A sum of the flags of an enum, which its type does not list: it knows only the single ones. */
export const toFlags: <Flags extends number>(
  bits: number,
  flags: Readonly<Record<string, Flags | string>>,
) => Flags = (bits) => bits as never;
