#!/usr/bin/env node
// Plain JavaScript that parses on old versions of Node, so that they can say what is missing instead of a syntax error.
const wanted = 24;

if (Number(process.versions.node.split('.')[0]) >= wanted) {
  import('./main.ts').catch((error) => {
    process.stderr.write(`sallyport: ${error.stack}\n`);
    process.exitCode = 2;
  });
} else {
  process.stderr.write(
    `Sallyport needs Node ${wanted} or newer; this is ${process.version} (${process.execPath}).\n` +
      'Run it through npm, which brings its own (npm start; npm run -s sallyport -- ARGS; npx sallyport ARGS),' +
      ` or install Node ${wanted}.\n`,
  );
  process.exitCode = 2;
}
