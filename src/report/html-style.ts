/** Style of the HTML report. System fonts and colours of both schemes; every text has a contrast of 4.5 or more on its ground. */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --panel: #f5f6f8; --line: #d5d9e0; --text: #1b1f27; --soft: #555d6b;
  --critical: #a40026; --high: #b03a00; --medium: #7a5600; --low: #2d5b8a; --good: #17663a; --removed: #ffe9e9; --added: #e3f6e8; --mark: #ffd9a8; --link: #0b57c2; }
@media screen and (prefers-color-scheme: dark) { :root { --ground: #14171c; --panel: #1d2128; --line: #39404c; --text: #e6e9ee; --soft: #a4adbb;
  --critical: #ff8a9b; --high: #ffa06b; --medium: #e6c15c; --low: #8fbdf0; --good: #7fd6a0; --removed: #43222a; --added: #1c3a29; --mark: #6b4708; --link: #8fb8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
a { color: var(--link); }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; } h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; }
.soft { color: var(--soft); } .small { font-size: .875rem; overflow-wrap: anywhere; }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
.counts li { flex: 1 1 7rem; border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .9rem; background: var(--panel); }
.counts b { display: block; font-size: 1.7rem; line-height: 1.2; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; } caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--panel); white-space: nowrap; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } th[scope=row] { font-weight: 500; }
.critical { color: var(--critical); } .high { color: var(--high); } .medium { color: var(--medium); } .low { color: var(--low); }
.deny { color: var(--critical); } .warn { color: var(--medium); } .allow { color: var(--good); }
.badge { display: inline-block; border: 1px solid; border-radius: 1rem; padding: 0 .6rem; font-size: .8rem; font-weight: 600; }
form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: .75rem 0; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); }
label { display: grid; gap: .15rem; font-size: .85rem; } select, input, button { font: inherit; padding: .3rem .5rem; color: var(--text); background: var(--ground); border: 1px solid var(--soft); border-radius: .3rem; max-width: 100%; }
[hidden] { display: none !important; }
article { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: .9rem 1rem; content-visibility: auto; contain-intrinsic-size: auto 20rem; }
article ol, article ul { list-style: none; margin: 0; padding: 0; } article ul > li + li { margin-top: .6rem; } article ol > li { border-top: 1px solid var(--line); margin-top: .8rem; padding-top: .8rem; } li p { margin: .25rem 0; }
pre { margin: .5rem 0 0; padding: .5rem 0; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; font: .85rem/1.5 ui-monospace, monospace; tab-size: 2; }
pre span.row { display: block; width: max-content; min-width: 100%; padding: 0 .75rem; } pre .gutter { color: var(--soft); user-select: none; }
pre .removed { background: var(--removed); } pre .added { background: var(--added); } mark { background: var(--mark); color: inherit; border-bottom: 2px solid var(--high); }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } form, .skip { display: none; } article { content-visibility: visible; } article ul > li, pre, tr { break-inside: avoid; } .scroll { overflow: visible; } table { font-size: 8pt; } th, td { padding: .2rem .35rem; overflow-wrap: anywhere; } thead th { white-space: normal; } h2, h3 { break-after: avoid; } pre { white-space: pre-wrap; overflow-wrap: anywhere; } pre span.row { width: auto; } a { color: inherit; } }
`;
