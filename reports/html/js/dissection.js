// A frame taken apart by the engine's own tables, and its values in the engine's words.

function fieldPlace(layer, field) {
  const end = field.width === 0 ? layer.header : Math.ceil((field.bit + field.width) / 8);
  const first = Math.floor(field.bit / 8);
  return {first: layer.offset + first, end: layer.offset + end,
          isThere: first <= layer.header && end <= layer.header};
}

function readNumber(octets, layer, field) {
  const {first, end} = fieldPlace(layer, field);
  let value = 0n;
  for (const octet of octets.subarray(first, end)) value = (value << 8n) | BigInt(octet);
  value >>= BigInt((end - layer.offset) * 8 - field.bit - field.width);
  return value & ((1n << BigInt(field.width)) - 1n);
}

const hex = octet => octet.toString(16).padStart(2, '0');

function printable(octet) {
  return octet >= 0x20 && octet < 0x7f && octet !== 0x5c ? String.fromCharCode(octet)
                                                         : `\\x${hex(octet)}`;
}

function fieldValue(octets, layer, field) {
  const {first, end, isThere} = fieldPlace(layer, field);
  if (!isThere) return 'missing';
  const here = [...octets.subarray(first, end)];
  switch (field.kind) {
    case 'ipv4': return here.join('.');
    case 'mac': return here.map(hex).join(':');
    case 'octets': return here.map(hex).join('');
    case 'text': return here.map(printable).join('');
    default: {
      const value = readNumber(octets, layer, field);
      return field.width > 32 ? `0x${value.toString(16).padStart(field.width / 4, '0')}`
                              : value.toString();
    }
  }
}

// Names of numbers that have one, by "layer field".
function namesOf(frame) {
  const names = new Map();
  for (let at = 0; frame.names && at < frame.names.length; at += 3)
    names.set(`${frame.names[at]} ${frame.names[at + 1]}`, frame.names[at + 2]);
  return names;
}

function dissect(frame, octets) {
  const names = namesOf(frame);
  return frame.shape.layers.map((layer, at) => ({
    layer,
    fields: layer.table.fields.map((field, number) => {
      const place = fieldPlace(layer, field);
      return {field, place, value: fieldValue(octets, layer, field),
              name: names.get(`${at} ${number}`) || '',
              isEmpty: field.width === 0 && place.end <= place.first};
    }).filter(one => !one.isEmpty),
  }));
}

const overlaps = (a, b) => a.first < b.end && b.first < a.end;

// How strongly a field is cited: by itself, or with all of its layer.
function citation(layer, place, cited) {
  const by = place.isThere ? cited.find(range => overlaps(range, place)) : null;
  if (!by) return null;
  const isWhole = by.first <= layer.offset && by.end >= layer.offset + layer.header;
  return `cited ${by.verdict} ${isWhole ? 'whole' : ''}`;
}

function fieldRow(one, layer, cited, mark) {
  const {field, place, value, name} = one;
  const bits = field.bit % 8 === 0 && field.width % 8 === 0 ? '' : `.${field.bit % 8}`;
  return el('tr', {class: citation(layer, place, cited), 'data-first': place.first, 'data-end': place.end,
                   onmouseenter: () => mark(place), onmouseleave: () => mark(null)},
            el('td', {class: 'octet'}, `${place.first}${bits}`),
            el('td', {class: 'name'}, field.name),
            el('td', {class: `value ${place.isThere ? '' : 'missing'}`}, value,
               name ? el('span', {class: 'meaning'}, name) : null));
}

const plumbing = ['ethernet', 'ipv4', 'udp'];

function layerBlock({layer, fields}, cited, mark) {
  const isCited = fields.some(({place}) => cited.some(range => overlaps(range, place)));
  const end = layer.offset + layer.length;
  return el('details', {class: `layer ${layer.isExtension ? 'extension' : ''}`,
                        open: isCited || !plumbing.includes(layer.table.name)},
            el('summary', {},
               el('span', {class: 'name'}, layer.isQuote ? 'quoted ' : '', layer.table.name),
               layer.defects.map(defect => el('span', {class: 'defect'}, defect)),
               el('span', {class: 'source'}, layer.table.source),
               el('span', {class: 'range mono'}, `${layer.offset}–${Math.max(layer.offset, end - 1)}`)),
            el('table', {}, el('tbody', {}, fields.map(one => fieldRow(one, layer, cited, mark)))));
}

function dissectionView(frame, octets, cited, mark) {
  return el('div', {class: 'dissection'},
            dissect(frame, octets).map(part => layerBlock(part, cited, mark)));
}
