import { stripTypeScriptTypes } from 'node:module';

/** Jest transform: what Node itself does to a .ts file, so tests run the very code that ships, line for line. */
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
