// One frame as a row of the ladder: an arrow from node to node, its message, its link, the tunnels
// around it and what it broke.

const rowHeight = 40, lineAt = 30, stub = 34;

// Where an arrow begins and ends. To everybody: to both sides of the sender. To or from somebody whom
// the network does not know: a stub.
function arrowEnds(frame, lanes) {
  const from = lanes.x(frame.from);
  if (frame.to === everybody) return {from, left: from - stub, right: from + stub, kind: 'all'};
  const to = lanes.x(frame.to);
  if (from === to) return {from, left: from, right: from + stub * 2, kind: 'self'};
  return {from, left: Math.min(from, to), right: Math.max(from, to), kind: from < to ? 'right' : 'left'};
}

function arrowHead(x, direction) {
  const back = x - 8 * direction;
  return svg('path', {d: `M${x} ${lineAt} L${back} ${lineAt - 4} L${back} ${lineAt + 4} Z`, class: 'head'});
}

function tube(left, right, depth) {
  const reach = 4 + 3 * depth;
  return svg('rect', {x: left + 3, y: lineAt - reach, width: Math.max(0, right - left - 6),
                      height: 2 * reach, rx: reach, class: 'tube'});
}

function arrow(frame, lanes) {
  const {from, left, right, kind} = arrowEnds(frame, lanes);
  const parts = frame.shape.tunnels.map((_, at) => tube(left, right, at)).reverse();
  parts.push(svg('line', {x1: left, x2: right, y1: lineAt, y2: lineAt, class: 'shaft'}));
  if (kind === 'right' || kind === 'self' || kind === 'all') parts.push(arrowHead(right, 1));
  if (kind === 'left' || kind === 'all') parts.push(arrowHead(left, -1));
  parts.push(svg('circle', {cx: from, cy: lineAt, r: 3, class: 'origin'}));
  return svg('svg', {width: lanes.width, height: rowHeight, 'aria-hidden': 'true'}, parts);
}

function violationMarks(frame) {
  const worst = worstOf(frame);
  if (!worst) return null;
  const ids = [...new Set(frame.cited.map(({finding}) => finding.requirement.id))];
  const sign = {fail: '✕', warn: '!', inconclusive: '?'}[worst] || '•';
  return el('span', {class: `mark ${worst}`}, `${sign} ${ids[0]}`,
            ids.length > 1 ? ` +${ids.length - 1}` : '');
}

function arrowLabel(frame, lanes) {
  const {left, right} = arrowEnds(frame, lanes);
  const middle = (left + right) / 2;
  const label = el('span', {class: 'label'}, violationMarks(frame), nestingView(frame),
                   el('span', {class: `link link-${frame.link.index % 8}`}, frame.link.name));
  // In the middle of the arrow, but never beyond the ladder's edges.
  return styled(label, {
    left: `${middle}px`,
    transform: `translateX(min(max(-50%, ${-middle}px), calc(${lanes.width - middle}px - 100%)))`,
  });
}

function frameWords(recording, frame) {
  const broken = frame.cited.filter(({finding}) => finding.verdict !== 'pass')
                     .map(({finding}) => `, ${finding.verdict} ${finding.requirement.id}`).join('');
  return `Frame ${frame.number}, ${frameTime(frame)} s, ${frame.shape.message.table.name} on ` +
         `${frame.link.name} from ${nodeName(recording, frame.from)} to ` +
         `${nodeName(recording, frame.to)}${broken}`;
}

// What carries no message of the protocols under test.
const quiet = ['arp', 'marker', 'ethernet'];

function ladderRow(recording, frame, lanes, isOpen) {
  const worst = worstOf(frame);
  const isQuiet = quiet.includes(frame.shape.message.table.name);
  return el('div', {class: `row link-${frame.link.index % 8} ${worst || ''} ${isQuiet ? 'quiet' : ''}`,
                    id: `row-${frame.index}`, role: 'option', 'aria-selected': String(isOpen),
                    'aria-label': frameWords(recording, frame), title: frame.line,
                    'data-index': frame.index},
            el('span', {class: 'number'}, String(frame.number)),
            el('span', {class: 'time'}, frameTime(frame)),
            el('span', {class: 'lanes'}, arrow(frame, lanes), arrowLabel(frame, lanes)));
}
