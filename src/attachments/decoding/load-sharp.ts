import type sharp from 'sharp';

let loading: Promise<typeof sharp> | undefined;

/** The image library, with the first image. */
export function loadSharp(): Promise<typeof sharp> {
  return (loading ??= load());
}

async function load(): Promise<typeof sharp> {
  const { default: library } = await import('sharp');
  // Only what is read here; the many other formats are not open to files from outside.
  library.block({ operation: ['VipsForeignLoad'] });
  library.unblock({
    operation: [
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadNsgifBuffer',
      'VipsForeignLoadWebpBuffer',
    ],
  });
  library.cache(false);
  // Other processes have work, too.
  library.concurrency(1);
  return library;
}
