// The octets of a frame, sixteen in a row, those that findings cite marked.

const rowLength = 16;

function octetsView(octets, cited, choose) {
  const cells = [], characters = [];
  const rows = [];
  for (let start = 0; start < octets.length; start += rowLength) {
    const left = el('span', {class: 'cells'}), right = el('span', {class: 'characters'});
    for (let at = start; at < Math.min(octets.length, start + rowLength); ++at) {
      const range = {first: at, end: at + 1};
      const verdict = cited.find(one => overlaps(one, range));
      const attributes = {'data-octet': at, class: verdict ? `cited ${verdict.verdict}` : null};
      cells.push(el('i', attributes, hex(octets[at])));
      const octet = octets[at];
      characters.push(el('i', attributes, octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet)
                                                                       : octet === 0x20 ? '\u00a0' : '·'));
      left.append(cells[at]);
      right.append(characters[at]);
    }
    rows.push(el('div', {class: 'octet-row'}, el('span', {class: 'offset'}, String(start)), left, right));
  }
  const view = el('div', {class: 'octets mono', role: 'group',
                          'aria-label': `${octets.length} octets`}, rows);
  view.addEventListener('click', event => {
    if (event.target.dataset.octet !== undefined) choose(Number(event.target.dataset.octet));
  });
  const mark = range => {
    for (let at = 0; at < octets.length; ++at) {
      const isMarked = range !== null && at >= range.first && at < range.end;
      cells[at].classList.toggle('marked', isMarked);
      characters[at].classList.toggle('marked', isMarked);
    }
  };
  return {view, mark};
}
