/**
 * What Windows, macOS or a Linux desktop runs, installs or mounts at a double click, or opens as a page with scripts
 * of its own, without anything that its owner had to install first.
 */
const RUNNABLE_ENDINGS: ReadonlySet<string> = new Set(
  [
    // Programs, installers, images of disks
    'exe com scr pif cpl dll ocx sys drv msi msp mst msix msixbundle appx appxbundle jar jnlp apk',
    'app pkg mpkg dmg iso img vhd vhdx deb rpm run bin appimage flatpakref snap',
    // Scripts
    'bat cmd ps1 ps1xml psm1 psd1 psc1 psc2 vb vbs vbe js jse ws wsf wsh wsc sct hta reg inf',
    'sh bash zsh csh ksh fish command tool terminal scpt scptd applescript workflow action osx',
    // What leads to something else
    'lnk url website webloc inetloc fileloc desktop scf rdp pif msc chm hlp gadget application',
    'appref-ms library-ms search-ms searchconnector-ms settingcontent-ms theme themepack diagcab iqy slk',
    // Pages with scripts
    'html htm xhtml xht shtml shtm mht mhtml svg svgz xml xsl xslt',
    // Documents with macros
    'docm dotm xlsm xltm xlam xll pptm potm ppam ppsm sldm',
  ].flatMap((endings) => endings.split(' ')),
);

const MAX_STEM_CHARACTERS = 100;
const MAX_ENDING_CHARACTERS = 24;

/**
 * The name under which a file goes out: of letters that every system and Discord keep, with an ending that says text
 * where it has none, or one that would run. A name that was made here stays as it is.
 */
export function toUploadName(name: string): string {
  // Full-width letters and dots become plain ones here, so that nothing is put together from them later.
  const normal = name.slice(0, 1000).normalize('NFKC');
  const last = normal.slice(Math.max(normal.lastIndexOf('/'), normal.lastIndexOf('\\')) + 1);
  const plain = last
    .trim()
    .replaceAll(/\s+/g, '_')
    .replaceAll(/[^\w.-]/g, '')
    .replace(/^[.-]+/, '');
  const [, named = '', ending] = /^(.+)\.([\w-]+)$/.exec(plain) ?? [];
  const stem =
    withoutLastDots((ending === undefined ? plain : named).slice(0, MAX_STEM_CHARACTERS)) || 'file';
  if (ending === undefined) return `${stem}.txt`;
  const kept = ending.slice(0, MAX_ENDING_CHARACTERS);
  return RUNNABLE_ENDINGS.has(kept.toLowerCase()) ? `${stem}.${kept}.txt` : `${stem}.${kept}`;
}

/** Windows leaves them out of a name, and looks at the ending before them. */
function withoutLastDots(text: string): string {
  let end = text.length;
  while (text.charAt(end - 1) === '.') end -= 1;
  return text.slice(0, end);
}
