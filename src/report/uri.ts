/** A path as a URI reference: relative as it was given, absolute as a file URI. */
export function uri(file: string): string {
  const path = file.toWellFormed().replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${path}` : path;
}
