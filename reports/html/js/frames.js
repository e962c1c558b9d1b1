// The frames of a scenario, read from their block of the page when the scenario is opened.

const unknown = -1, everybody = -2, tester = -3;

const tables = campaign.tables.map(([name, source, fields]) => ({
  name, source,
  fields: fields.map(([field, bit, width, kind]) => ({name: field, bit, width, kind})),
}));

function octetsOf(base64) {
  return Uint8Array.from(atob(base64), character => character.charCodeAt(0));
}

function readShape([message, numbers]) {
  const layers = [];
  for (let at = 0; at < numbers.length; at += 6) {
    const [table, offset, length, header, flags, defects] = numbers.slice(at, at + 6);
    layers.push({table: tables[table], offset, length, header, isExtension: (flags & 1) !== 0,
                 isQuote: (flags & 2) !== 0, defects});
  }
  return {layers, message: layers[message], messageIndex: message, tunnels: tunnelsOf(layers, message)};
}

// What the message travels in: the name of each layer that carries a packet inside of it.
function tunnelsOf(layers, message) {
  const around = layers.slice(0, message).filter(layer => !layer.isExtension && !layer.isQuote)
                     .map(layer => layer.table.name);
  const firstIp = around.indexOf('ipv4');
  const names = [];
  let carriers = [];
  for (const name of firstIp < 0 ? [] : around.slice(firstIp + 1)) {
    if (name === 'ipv4') {
      names.push(carriers.length === 0 ? 'IP in IP' : carrierWords(carriers));
      carriers = [];
    } else {
      carriers.push(name);
    }
  }
  // Without an IP header inside: ESP in transport mode, minimal encapsulation.
  const last = carriers.findLastIndex(name => ['esp', 'minimal-encapsulation'].includes(name));
  if (last >= 0) names.push(carrierWords(carriers.slice(0, last + 1)));
  return names;
}

// "ESP in UDP", "IP in UDP" (RFC 3519).
function carrierWords(carriers) {
  const words = {udp: 'UDP', esp: 'ESP', gre: 'GRE', 'udp-tunnel-data': 'IP', 'minimal-encapsulation': 'minimal IP'};
  return carriers.map(name => words[name] || name).reverse().join(' in ');
}

const recordings = new Map();

function recordingOf(scenario) {
  if (!recordings.has(scenario.index)) {
    const block = document.getElementById(`frames-${scenario.index}`);
    recordings.set(scenario.index, block ? readRecording(JSON.parse(block.textContent), scenario)
                                         : null);
  }
  return recordings.get(scenario.index);
}

function readRecording(data, scenario) {
  const nodes = data.nodes.map(([name, role]) => ({name, role}));
  const links = data.links.map(([name, side], index) => ({name, side, index}));
  const shapes = data.shapes.map(readShape);
  const cited = new Map();
  for (const finding of scenario.details.length > 0 ? scenario.all() : [])
    for (const evidence of finding.frames) {
      const key = `${evidence.frame} ${evidence.link}`;
      if (!cited.has(key)) cited.set(key, []);
      cited.get(key).push({finding, evidence});
    }
  const frames = data.frames.map(
      ([number, time, link, from, to, shape, line, octets, opened, names], index) => ({
        index, number, time, link: links[link], from, to, shape: shapes[shape],
        line: data.lines[line], octets, opened, names,
        cited: cited.get(`${number} ${links[link].name}`) || [],
      }));
  return {begin: data.begin, nodes, links, frames};
}

function nodeName(recording, node) {
  if (node >= 0) return recording.nodes[node].name;
  return node === tester ? 'mipvet' : node === everybody ? 'all' : 'unknown';
}

const withFinding = frame => frame.cited.length > 0;

function worstOf(frame) {
  return findingVerdicts.find(verdict => frame.cited.some(({finding}) => finding.verdict === verdict));
}

// Seconds since the first frame, to the microsecond.
function frameTime(frame) {
  return (frame.time / 1e9).toFixed(6);
}
