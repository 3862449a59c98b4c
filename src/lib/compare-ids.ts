/** For sorting Discord's ids, which are numbers that grow with time: negative where `one` is the older. */
export function compareIds(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length;
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
