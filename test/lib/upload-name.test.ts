import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toUploadName } from '../../src/lib/upload-name.ts';

test.each([
  ['notes', 'notes.txt'],
  ['results.csv', 'results.csv'],
  ['archive.tar.gz', 'archive.tar.gz'],
  ['../../etc/passwd', 'passwd.txt'],
  ['C:\\temp\\report 1.md', 'report_1.md'],
  ['.env', 'env.txt'],
  ['💾', 'file.txt'],
  ['', 'file.txt'],
  ['...', 'file.txt'],
])('%s goes out as %s', (name, expected) => {
  expect(toUploadName(name)).toBe(expected);
});

test.each([
  ['update.exe', 'update.exe.txt'],
  ['update.BAT', 'update.BAT.txt'],
  ['photo.png.exe', 'photo.png.exe.txt'],
  ['script.ps1', 'script.ps1.txt'],
  ['page.html', 'page.html.txt'],
  ['drawing.SvG', 'drawing.SvG.txt'],
  ['setup.command', 'setup.command.txt'],
  ['link.desktop', 'link.desktop.txt'],
  ['panel.settingcontent-ms', 'panel.settingcontent-ms.txt'],
  ['update.exe.', 'update.exe.txt'],
  ['update.exe . .', 'update.exe_._.txt'],
  ['update.exe \u00a0', 'update.exe.txt'],
  ['update.exe\u200b', 'update.exe.txt'],
  ['update.e\u00adxe', 'update.exe.txt'],
  ['update\uff0e\uff45\uff58\uff45', 'update.exe.txt'],
  ['update\u2024exe', 'update.exe.txt'],
  ['photo\u202egnp.scr', 'photognp.scr.txt'],
  ['update.exe:stream.txt', 'update.exestream.txt'],
  ['update.exe/', 'file.txt'],
  ['update.exe\n', 'update.exe.txt'],
  ['update.ex\0e', 'update.exe.txt'],
])('a double click on %j runs nothing: %s', (name, expected) => {
  expect(toUploadName(name)).toBe(expected);
});

test('whatever the name, it is plain, short, and stays as it is', () => {
  const letter = fc.constantFrom(
    ...['a', 'e', 'E', 'x', 'X', '.', 'j', 's', '-', ' ', '\u202e', '\uff0e', '/', '\\'],
    ...['.exe', '.JS', '.html', 'x'.repeat(90)],
  );
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.array(letter, { maxLength: 9 }));
  fc.assert(
    fc.property(name, (given) => {
      const made = toUploadName(typeof given === 'string' ? given : given.join(''));
      expect(made).toMatch(/^[\w][\w.-]{0,130}\.[\w-]+$/);
      expect(made).not.toMatch(/\.(?:exe|js|html)$/i);
      if (made.length < 100) expect(toUploadName(made)).toBe(made);
    }),
  );
});
