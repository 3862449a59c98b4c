/**
 * A file as the sandbox takes it.
 * @param {File} file
 * @returns {Promise<{ name: string, contentType: string, base64: string }>}
 */
export async function readFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return { name: file.name, contentType: file.type || 'application/octet-stream', base64: btoa(binary) };
}
