import { raw } from './markup.ts';

/** The colour and the stroke of each variant: no two have the same stroke, so that none is told by its colour alone. */
const VARIANTS = [
  ['candidate', 'none'],
  ['plum', '9 4'],
  ['teal', '2 3'],
  ['rose', '9 3 2 3'],
  ['slate', '16 4'],
  ['candidate', '4 8'],
  ['plum', '9 3 2 3 2 3'],
  ['teal', '1 6'],
  ['rose', '16 4 5 4'],
] as const;

/** How the page looks: by day, by night and on paper. */
export const STYLE = raw(`
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #57606a; --paper: #ffffff; --edge: #d0d7de; --shade: #f6f8fa;
  --candidate: #b35900; --control: #0b5cad; --bad: #b3261e; --good: #146c2e; --wait: #5b4a00;
  --plum: #7a3e9d; --teal: #00695c; --rose: #ad1457; --slate: #455a64; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --dim: #9aa4af; --paper: #0d1117; --edge: #30363d; --shade: #161b22;
    --candidate: #f0a35e; --control: #6cb6ff; --bad: #ff8a80; --good: #6fdd8b; --wait: #e3c04b;
    --plum: #d3a6f0; --teal: #5fd3c0; --rose: #ff8fb8; --slate: #b6c4cc; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: .25rem 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 2rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--edge); font-size: 1.25rem; }
h3 { margin: 1.25rem 0 .25rem; font-size: 1.05rem; }
p { margin: .5rem 0; }
code { font: .9em ui-monospace, monospace; }
pre { white-space: pre-wrap; }
.lead { font-size: 1.1rem; }
.note { color: var(--dim); font-size: .9rem; }
.outcome { display: inline-block; margin: 0; padding: .1rem .6rem; border: 2px solid; border-radius: 1rem; font-weight: 700; }
.promoted, .completed, .good { color: var(--good); }
.rolledBack, .failed, .bad { color: var(--bad); }
.aborted, .running, .undecided, .invalid { color: var(--wait); }
.verdict { font-weight: 700; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: .5rem 1rem; margin: 1rem 0; }
dt { color: var(--dim); font-size: .85rem; }
dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--edge); text-align: left; vertical-align: top; }
th { background: var(--shade); font-weight: 600; }
.right { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
figure { margin: .75rem 0; }
figcaption { color: var(--dim); font-size: .85rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--dim); font: 11px system-ui, sans-serif; }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg line, svg polyline { fill: none; stroke-width: 2; }
svg .rule { stroke: var(--edge); stroke-width: 1; }
svg .mark { stroke: var(--dim); stroke-width: 1; stroke-dasharray: 2 4; }
svg .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 6 3; }
svg .candidate { stroke: var(--candidate); }
svg .control { stroke: var(--control); stroke-dasharray: 5 3; }
svg .harm { stroke: var(--bad); }
svg .safe { stroke: var(--good); stroke-dasharray: 5 3; }
${VARIANTS.map(([colour, dash], index) => `svg .variant-${index} { stroke: var(--${colour}); stroke-dasharray: ${dash}; }`).join('\n')}
svg .span { stroke: var(--candidate); stroke-width: 5; stroke-linecap: round; }
svg .dot { fill: var(--candidate); }
.key { display: inline-block; margin-right: 1rem; }
.key svg { display: inline-block; width: 24px; height: 8px; }
@media print {
  :root { --ink: #000000; --dim: #444444; --paper: #ffffff; --edge: #999999; --shade: #eeeeee;
    --candidate: #b35900; --control: #0b5cad; --bad: #b3261e; --good: #146c2e; --wait: #5b4a00;
    --plum: #7a3e9d; --teal: #00695c; --rose: #ad1457; --slate: #455a64; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; }
  figure, article h3, tr { break-inside: avoid; }
}
`);
