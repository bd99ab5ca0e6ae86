// The stills of a case, and one of them over the whole window: zoom with the wheel or + and -, move by dragging or the arrow keys with
// Shift, arrow keys for the next picture, Escape to go back. Keys pressed there do not reach the page beneath.
// It emits "seek" with a still's place in the row: the clip is to show that instant.
const MOST = 12;

export default {
  template: `
    <div class="mt-contents">
    <div class="mt-stills" role="group" :aria-label="words.stills">
      <div v-for="(still, i) in stills" :key="i" class="mt-still">
        <button class="mt-still-open" @click="open(still.full)" :aria-label="words.open_picture + ': ' + pictures[still.full].title">
          <img :src="pictures[still.full].url" alt="">
        </button>
        <div class="mt-still-foot">
          <button v-if="still.crop !== null" class="mt-still-open" @click="open(still.crop)"
                  :aria-label="words.open_picture + ': ' + pictures[still.crop].title">
            <img :src="pictures[still.crop].url" alt="">
          </button>
          <button class="mt-still-seek" @click="$emit('seek', i)" :title="words.show_in_clip">
            <div class="mt-still-title">▶ {{ pictures[still.full].title }}</div><div>{{ pictures[still.full].at }}</div>
          </button>
        </div>
      </div>
    </div>
    <dialog ref="dialog" class="mt-viewer" @keydown="onKey" @close="shown = null" :aria-label="picture ? picture.title : ''">
      <div class="mt-viewer-bar">
        <strong>{{ picture ? picture.title : "" }}</strong><span class="mt-hint">{{ picture ? picture.at : "" }}</span>
        <span class="mt-grow"></span>
        <button @click="turn(-1)" :aria-label="words.previous">‹</button>
        <button @click="turn(1)" :aria-label="words.next">›</button>
        <button @click="zoomTo(zoom / 1.5)" :aria-label="words.smaller">−</button>
        <span class="mt-viewer-zoom" aria-live="polite">{{ Math.round(zoom * 100) }} %</span>
        <button @click="zoomTo(zoom * 1.5)" :aria-label="words.larger">+</button>
        <button @click="$refs.dialog.close()" :aria-label="words.close_picture">✕</button>
      </div>
      <div class="mt-viewer-stage" @wheel.prevent="onWheel" @pointerdown="grab" @pointermove="drag" @pointerup="held = null"
           @pointercancel="held = null" @dblclick="zoomTo(zoom > 1 ? 1 : 3)">
        <img v-if="picture" :src="picture.url" :alt="picture.title" draggable="false" :style="{ transform: placed }">
      </div>
    </dialog>
    </div>`,
  props: { pictures: Array, stills: Array, words: Object }, // pictures: [{url, title, at}]; stills: [{full, crop}], places in pictures
  emits: ["seek"],
  data() {
    return { shown: null, zoom: 1, x: 0, y: 0, held: null };
  },
  computed: {
    picture() { return this.shown === null ? null : this.pictures[this.shown]; },
    placed() { return `translate(${this.x}px, ${this.y}px) scale(${this.zoom})`; },
  },
  methods: {
    // Called from the server too.
    open(index) {
      this.shown = index;
      this.reset();
      if (!this.$refs.dialog.open) this.$refs.dialog.showModal();
    },
    reset() {
      this.zoom = 1;
      this.x = this.y = 0;
    },
    turn(steps) {
      this.shown = (this.shown + steps + this.pictures.length) % this.pictures.length;
      this.reset();
    },
    zoomTo(zoom) {
      this.zoom = Math.min(MOST, Math.max(1, zoom));
      if (this.zoom === 1) this.x = this.y = 0;
    },
    onWheel(event) {
      const before = this.zoom;
      this.zoomTo(this.zoom * (event.deltaY < 0 ? 1.25 : 0.8));
      if (this.zoom === 1) return;
      const stage = event.currentTarget.getBoundingClientRect();
      const [px, py] = [event.clientX - stage.left - stage.width / 2, event.clientY - stage.top - stage.height / 2];
      const by = this.zoom / before; // what is under the pointer stays there
      this.x = px - (px - this.x) * by;
      this.y = py - (py - this.y) * by;
    },
    grab(event) {
      this.held = [event.clientX - this.x, event.clientY - this.y];
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    drag(event) {
      if (this.held && this.zoom > 1) [this.x, this.y] = [event.clientX - this.held[0], event.clientY - this.held[1]];
    },
    onKey(event) {
      event.stopPropagation();
      const far = 80;
      const moves = { ArrowLeft: [far, 0], ArrowRight: [-far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] };
      if (event.shiftKey && moves[event.key]) {
        event.preventDefault();
        if (this.zoom > 1) [this.x, this.y] = [this.x + moves[event.key][0], this.y + moves[event.key][1]];
        return;
      }
      const action = {
        ArrowLeft: () => this.turn(-1), ArrowRight: () => this.turn(1), "+": () => this.zoomTo(this.zoom * 1.5), "=": () => this.zoomTo(this.zoom * 1.5),
        "-": () => this.zoomTo(this.zoom / 1.5), 0: this.reset,
      }[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    },
  },
};
