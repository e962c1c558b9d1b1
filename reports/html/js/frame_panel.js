// One frame, opened: what was found in it, its octets, its fields.

function findingCard({finding, evidence}, mark) {
  return el('article', {class: `card ${finding.verdict}`, onmouseenter: () => mark(evidence),
                        onmouseleave: () => mark(null)},
            el('header', {}, badge(finding.verdict, 'small'),
               requirementHead(finding.requirement, finding.node, finding.role)),
            el('p', {class: 'text'}, finding.requirement.text),
            comparison(finding),
            el('p', {class: 'source'}, source(finding.requirement),
               octetWords(evidence) ? `, ${octetWords(evidence)} of this frame` : ''));
}

function nestingView(frame) {
  const {tunnels, message} = frame.shape;
  return tunnels.reduceRight((inside, name) => el('span', {class: 'nest'}, el('span', {}, name), inside),
                             el('b', {}, message.table.name));
}

// On the wire, or as decrypted: the same places, other octets.
function octetsSwitch(frame, show) {
  if (!frame.opened) return null;
  const choose = (isOpened, event) => {
    for (const one of event.target.parentElement.children)
      one.setAttribute('aria-pressed', String(one === event.target));
    show(isOpened);
  };
  return el('span', {class: 'switch', role: 'group', 'aria-label': 'Octets shown'},
            button('decrypted', {'aria-pressed': 'true'}, event => choose(true, event)),
            button('on the wire', {'aria-pressed': 'false'}, event => choose(false, event)));
}

function framePanel(recording, frame, close) {
  const cited = frame.cited.map(({finding, evidence}) => ({...evidence, verdict: finding.verdict}))
                    .filter(range => range.end > range.first);
  const place = el('div', {});
  let mark = () => {};
  const octets = octetsOf(frame.opened || frame.octets);
  const fields = dissectionView(frame, octets, cited, range => mark(range));
  const show = isOpened => {
    const shown = octetsView(octetsOf(isOpened ? frame.opened : frame.octets), cited, octet => {
      const rows = [...fields.querySelectorAll('tr')].filter(
          row => octet >= Number(row.dataset.first) && octet < Number(row.dataset.end));
      for (const row of fields.querySelectorAll('tr.marked')) row.classList.remove('marked');
      if (rows.length === 0) return;
      const row = rows[rows.length - 1];
      row.closest('details').open = true;
      row.classList.add('marked');
      row.scrollIntoView({block: 'nearest'});
      mark({first: Number(row.dataset.first), end: Number(row.dataset.end)});
    });
    mark = shown.mark;
    place.replaceChildren(shown.view);
  };
  show(Boolean(frame.opened));
  return el('aside', {class: 'panel', id: 'frame', 'aria-label': `Frame ${frame.number}`, tabindex: '-1'},
            el('header', {class: 'panel-head'},
               el('div', {},
                  el('h2', {}, frame.shape.message.table.name),
                  el('p', {class: 'meta'}, `frame ${frame.number}`, el('span', {}, frame.link.name),
                     el('span', {}, `${nodeName(recording, frame.from)} → ${nodeName(recording, frame.to)}`),
                     el('span', {}, `${frameTime(frame)} s`),
                     el('span', {}, count(octets.length, 'octet')))),
               button('×', {class: 'close', title: 'Close (Esc)', 'aria-label': 'Close'}, close)),
            el('div', {class: 'panel-body'},
               frame.shape.tunnels.length > 0 ? el('p', {class: 'nesting'}, nestingView(frame)) : null,
               frame.cited.length > 0 ? el('div', {class: 'cards'}, frame.cited.map(one => findingCard(one, range => mark(range)))) : null,
               el('h3', {}, 'Octets', octetsSwitch(frame, show)), place,
               el('h3', {}, 'Fields'), fields,
               el('p', {class: 'line'}, frame.line)));
}
