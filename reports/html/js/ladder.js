// The ladder of a run: nodes as columns, frames as rows. Only the rows in view are in the document.

const gutter = 122, narrowestLane = 66, widestLane = 230, margin = 16;
const drawnAround = 6;

// What fits on paper: the width of a page, and not thousands of frames.
const paper = {room: 680, lane: 40, frames: 400, around: 8};

// The columns: nodes that sent or got a frame, in the order of the network; then those it does not know.
function lanesOf(recording, frames, room, narrowest = narrowestLane) {
  const used = new Set(frames.flatMap(({from, to}) => [from, to]));
  const shown = [...recording.nodes.keys()].filter(node => used.has(node));
  for (const one of [tester, unknown]) if (used.has(one)) shown.push(one);
  const lane = Math.max(narrowest,
                        Math.min(widestLane, (room - gutter - margin) / Math.max(1, shown.length)));
  const width = Math.max(lane * Math.max(1, shown.length), room - gutter - margin);
  const start = (width - lane * shown.length) / 2;
  const places = new Map(shown.map((node, at) => [node, Math.round(start + lane * (at + 0.5))]));
  return {shown, lane, width, x: node => places.get(node)};
}

class Ladder {
  constructor(recording, open) {
    this.recording = recording;
    this.open = open;
    this.frames = [];
    this.opened = null;
    this.drawn = new Map();  // rows by their place in `frames`
    this.head = el('div', {class: 'ladder-head'});
    this.rows = el('div', {class: 'ladder-rows', role: 'listbox', tabindex: '0', id: 'ladder',
                           'aria-label': 'Frames'});
    this.scroller = el('div', {class: 'ladder'}, this.head, this.rows);
    this.scroller.addEventListener('scroll', () => this.drawSoon());
    this.rows.addEventListener('click', event => {
      const row = event.target.closest('.row');
      if (row) this.open(this.recording.frames[Number(row.dataset.index)]);
    });
    this.resizing = new ResizeObserver(() => this.layOut());
    this.resizing.observe(this.scroller);
  }

  show(frames) {
    this.frames = frames;
    this.places = new Map(frames.map((frame, at) => [frame, at]));
    this.layOut();
  }

  layOut(onPaper) {
    const room = onPaper ? paper.room : this.scroller.clientWidth;
    if (room === 0) return;
    this.lanes = lanesOf(this.recording, this.frames.length > 0 ? this.frames : this.recording.frames,
                         room, onPaper ? paper.lane : narrowestLane);
    styled(this.rows, {height: `${this.frames.length * rowHeight + 8}px`,
                       width: `${gutter + this.lanes.width + margin}px`});
    styled(this.head, {width: `${gutter + this.lanes.width + margin}px`});
    this.head.replaceChildren(
        el('span', {class: 'number'}, '#'), el('span', {class: 'time'}, 'seconds'),
        ...this.lanes.shown.map(node => this.laneHead(node)));
    this.drawn.clear();
    this.rows.replaceChildren(...this.lanes.shown.map(
        node => styled(el('i', {class: 'lifeline'}), {left: `${gutter + this.lanes.x(node)}px`})));
    if (this.frames.length === 0)
      this.rows.append(el('p', {class: 'empty'}, 'No frame fits the filters.'));
    this.draw(onPaper);
  }

  // All frames, or of a long run those around the findings.
  print() {
    this.onScreen = this.frames;
    const near = frame => this.onScreen.slice(Math.max(0, this.places.get(frame) - paper.around),
                                              this.places.get(frame) + paper.around + 1);
    const chosen = this.frames.length <= paper.frames
        ? this.frames
        : [...new Set([...this.frames.filter(withFinding).flatMap(near), ...this.frames])]
              .slice(0, paper.frames).sort((a, b) => a.index - b.index);
    this.frames = chosen;
    this.layOut(true);
  }

  printed() {
    this.frames = this.onScreen;
    this.layOut();
  }

  laneHead(node) {
    const role = node >= 0 ? this.recording.nodes[node].role
                           : node === tester ? 'tester' : 'not in the network';
    return styled(el('span', {class: 'lane', title: role}, el('b', {}, nodeName(this.recording, node)),
                     el('small', {}, role)),
                  {left: `${gutter + this.lanes.x(node)}px`, width: `${this.lanes.lane - 4}px`});
  }

  drawSoon() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      this.draw();
    });
  }

  draw(all) {
    if (!this.lanes) return;
    const top = this.scroller.scrollTop, height = this.scroller.clientHeight;
    const first = all ? 0 : Math.max(0, Math.floor(top / rowHeight) - drawnAround);
    const end = Math.min(this.frames.length,
                         all ? this.frames.length : Math.ceil((top + height) / rowHeight) + drawnAround);
    for (const [at, row] of this.drawn)
      if (at < first || at >= end) {
        row.remove();
        this.drawn.delete(at);
      }
    const fresh = [];
    for (let at = first; at < end; ++at) {
      if (this.drawn.has(at)) continue;
      const frame = this.frames[at];
      const row = ladderRow(this.recording, frame, this.lanes, frame === this.opened);
      row.setAttribute('aria-setsize', this.frames.length);
      row.setAttribute('aria-posinset', at + 1);
      this.drawn.set(at, styled(row, {top: `${at * rowHeight}px`}));
      fresh.push(row);
    }
    this.rows.append(...fresh);
  }

  // Marks a frame as the one that is open, and brings it into view.
  select(frame) {
    this.opened = frame;
    for (const [at, row] of this.drawn)
      row.setAttribute('aria-selected', String(this.frames[at] === frame));
    if (frame === null) return this.rows.removeAttribute('aria-activedescendant');
    const place = this.places.get(frame);
    if (place === undefined) return;
    const top = place * rowHeight, {scrollTop, clientHeight} = this.scroller;
    const below = clientHeight - this.head.offsetHeight - rowHeight;
    if (top < scrollTop || top > scrollTop + below)
      this.scroller.scrollTop = top - below / 2;
    this.draw();
    this.rows.setAttribute('aria-activedescendant', `row-${frame.index}`);
  }

  // The frame that many places on from the open one, of those that `fits` holds for.
  next(step, fits) {
    const candidates = fits ? this.frames.filter(fits) : this.frames;
    if (candidates.length === 0) return null;
    const here = this.opened === null ? -1 : this.opened.index;
    if (here < 0) return step > 0 ? candidates[0] : candidates[candidates.length - 1];
    return step > 0 ? candidates.find(frame => frame.index > here) || null
                    : candidates.findLast(frame => frame.index < here) || null;
  }
}
