/** A message of a prompt with the code left out of its marks, and the line that gives it. For strings and parts. */
export function withPlainMarks<T>(content: T): T {
  const json = JSON.stringify(content);
  const [, code = ''] = /\(Marks of this message: (\w+)\)/.exec(json) ?? [];
  if (code === '') return content;
  const plain = json.replace(/\(Marks of this message: \w+\)(?:\\n){2}/, '').replaceAll(`-${code}`, '');
  return JSON.parse(plain) as T;
}
