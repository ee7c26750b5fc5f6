/** An image reference in its parts, defaults filled in as container runtimes do. */
export interface ImageReference {
  /** `docker.io`, `registry.internal:5000`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly repository: string;
  /** `latest` where neither tag nor digest is given; null where only a digest is. */
  readonly tag: string | null;
  /** `sha256:…`; it decides what runs, whatever the tag says. */
  readonly digest: string | null;
}

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const repositoryForm = new RegExp(`^${component}(?:/${component})*$`);
const host = '(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])';
const registryForm = new RegExp(`^(?:${host}(?:\\.${host})*|\\[[0-9A-Fa-f:]+\\])(?::[0-9]+)?$`);
const tagForm = /^\w[\w.-]{0,127}$/;
const digestForm = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}$/;
const maxName = 255;
/** Longer than any name, tag and digest together. */
const maxReference = 1024;

/** Reads an image reference by the grammar of distribution/reference; null for what no runtime would pull. */
export function parseImage(text: string): ImageReference | null {
  if (text.length > maxReference) return null;
  const { registry, repository, tag, digest } = splitImage(text);
  const valid =
    registryForm.test(registry) &&
    repositoryForm.test(repository) &&
    repository.length <= maxName &&
    (tag === null || tagForm.test(tag)) &&
    (digest === null || digestForm.test(digest));
  if (!valid) return null;
  return { registry, repository, tag: tag ?? (digest === null ? 'latest' : null), digest };
}

/** The parts of a reference, or of a pattern for one, as they are written; only registry and `library/` are filled in. */
export function splitImage(text: string): ImageReference {
  const at = text.indexOf('@');
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const tagged = colon > named.lastIndexOf('/');
  const { registry, repository } = splitName(tagged ? named.slice(0, colon) : named);
  return { registry, repository, tag: tagged ? named.slice(colon + 1) : null, digest: at === -1 ? null : text.slice(at + 1) };
}

/** Whether the first part of a name is a registry: it has a dot, a port or a capital letter, or is localhost. */
export function namesRegistry(text: string): boolean {
  const first = text.split('/', 1)[0] ?? '';
  return first.length < text.length && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
}

function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  if (!namesRegistry(name)) return { registry: 'docker.io', repository: slash === -1 ? `library/${name}` : name };
  const registry = name.slice(0, slash);
  const repository = name.slice(slash + 1);
  if (registry !== 'docker.io' && registry !== 'index.docker.io') return { registry, repository };
  return { registry: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` };
}
