// Preloaded into Azurite: node -r ./list-order.js node_modules/azurite/dist/src/blob/main.js
// Azure lists blobs and prefixes together, in the order of their names; Azurite lists all blobs, then all prefixes. Hadoop's
// driver tells a directory's marker (blob "d") and its prefix ("d/") to be one by Azure's order alone, and would see sibling
// directories twice.
const path = require('path');
const root = path.dirname(require.resolve('azurite/package.json', { paths: [process.cwd()] }));
const xml = require(path.join(root, 'dist/src/blob/generated/utils/xml.js'));
const original = xml.stringifyXML;
const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const name = entry =>
  Buffer.from((/<Name[^>]*>([\s\S]*?)<\/Name>/.exec(entry) || ['', ''])[1].replace(/&(\w+);/g, (_, e) => entities[e]), 'utf8');
xml.stringifyXML = function (...args) {
  const text = original.apply(this, args);
  if (!text.includes('<BlobPrefix>') || !text.includes('<Blob>')) return text;
  const from = text.indexOf('<Blobs>') + '<Blobs>'.length;
  const to = text.indexOf('</Blobs>');
  const entries = text.slice(from, to).match(/<Blob>[\s\S]*?<\/Blob>|<BlobPrefix>[\s\S]*?<\/BlobPrefix>/g);
  return text.slice(0, from) + entries.map(e => [name(e), e]).sort((a, b) => Buffer.compare(a[0], b[0])).map(e => e[1]).join('') + text.slice(to);
};
