// Plays one original clip and draws the overlay, which is data beside it, on a canvas in step with the video.
// The picture itself is never touched: switching the overlay off shows the original pixels, but for privacy masks, which
// are drawn always: no picture is shown before they are known. Only what plays in the foreground counts as watched.
const SUBJECT = "#ffb000";
const OTHER = "rgba(160, 200, 255, 0.85)";
const ZONE_FILL = "rgba(64, 160, 255, 0.10)";
const ZONE_EDGE = "rgba(64, 160, 255, 0.75)";
const LINE_EDGE = "#ff5470";
const MASK = "#000";
const STEP_S = 0.1; // watched seconds are counted in steps
const LONGEST_STEP_S = 0.6; // between two shown frames of a clip that plays; more is a jump
const SIGNAL = { red: "#ff3b30", yellow: "#ffcc00", green: "#34c759", dark: "#444", flashing_yellow: "#ffcc00", unknown: "#8e8e93" };

export default {
  template: `
    <div class="mt-player" :class="{ 'mt-broken': problem }">
      <div class="mt-stage" ref="stage">
        <video ref="video" muted playsinline disablepictureinpicture preload="auto" :class="{ 'mt-covered': !overlay }"
               @loadedmetadata="ready" @timeupdate="draw" @seeked="draw" @play="follow" @pause="paused = true; draw()"
               @ended="goOn" @error="failed" @click="toggle" @contextmenu.prevent></video>
        <canvas ref="canvas"></canvas>
        <div v-if="problem" class="mt-problem" role="alert">{{ problem }}</div>
      </div>
      <div class="mt-bar mt-clips" v-if="clips.length > 1">
        <button v-for="(entry, index) in clips" :key="entry.name" :class="{ on: index === chosen }"
                @click="choose(index)">{{ entry.title }}</button>
      </div>
      <div class="mt-bar">
        <button @click="toggle" :aria-label="words.play" :title="words.play + ' (Space)'">{{ paused ? "▶" : "❚❚" }}</button>
        <button @click="step(-1)" :aria-label="words.back" :title="words.back + ' (,)'">‹</button>
        <button @click="step(1)" :aria-label="words.forward" :title="words.forward + ' (.)'">›</button>
        <div class="mt-track" ref="track" @pointerdown="scrub">
          <div v-for="part in clip ? clip.decisive : []" :key="part[0]" class="mt-decisive"
               :style="{ left: share(part[0]), width: share(part[1] - part[0]) }"></div>
          <div class="mt-done" :style="{ width: share(now) }"></div>
          <button v-for="mark in marks" :key="mark.title" class="mt-mark" :style="{ left: share(mark.offset_s) }" :title="mark.title"
                  :aria-label="mark.title" @pointerdown.stop @click.stop="seek(mark.offset_s)"></button>
        </div>
        <span class="mt-clock">{{ clock() }}</span>
        <button @click="slower" :title="words.speed + ' (S)'">{{ rate }}×</button>
        <button @click="toggleOverlay" :class="{ on: overlayOn }" :title="words.overlay + ' (O)'">{{ words.overlay }}</button>
      </div>
    </div>`,
  // clips: [{name, title, url, started_at_ms, marks: [{offset_s, title}], decisive: [[from_s, to_s]]}]; overlay_url: the package's overlay.json
  props: { clips: Array, overlay_url: String, words: Object },
  emits: ["progress"],
  data() {
    return { chosen: 0, overlay: null, paused: true, now: 0, length: 0, rate: 1, overlayOn: true, problem: "", wanted_s: null };
  },
  computed: {
    clip() { return this.clips[this.chosen] || null; },
    marks() { return this.clip ? this.clip.marks : []; },
    rows() {
      const drawn = this.overlay && this.clip && this.overlay.clips.find((entry) => entry.name === this.clip.name);
      return drawn ? drawn.frames : [];
    },
  },
  created() {
    this.seen = new Set(); // not shown, so not watched by Vue
    this.reported_s = 0;
  },
  mounted() {
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.$refs.stage);
    document.addEventListener("keydown", this.onKey);
    this.load();
    this.fetchOverlay();
  },
  beforeUnmount() {
    this.observer.disconnect();
    document.removeEventListener("keydown", this.onKey);
  },
  methods: {
    async fetchOverlay() {
      try {
        const answer = this.overlay_url ? await fetch(this.overlay_url) : null;
        if (!answer || !answer.ok) throw new Error("no overlay");
        const overlay = await answer.json();
        this.overlay = { zones: [], lines: [], clips: [], masks: [], ...overlay };
      } catch {
        if (this.clip) this.problem = this.words.no_overlay;
        return;
      }
      if (!this.$refs.video) return; // another case was opened meanwhile
      this.draw();
      if (this.length) this.begin();
    },
    onKey(event) {
      const focus = document.activeElement;
      if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      if (focus && ["INPUT", "TEXTAREA", "SELECT"].includes(focus.tagName)) return;
      const action = { " ": this.toggle, ",": () => this.step(-1), ".": () => this.step(1), o: this.toggleOverlay, s: this.slower }[event.key.toLowerCase()];
      if (!action) return;
      event.preventDefault();
      action();
    },
    choose(index) {
      if (index === this.chosen) return;
      this.chosen = index;
      this.load();
    },
    // Called from the server: show one instant of one clip.
    show(name, offset_s) {
      const index = this.clips.findIndex((clip) => clip.name === name);
      if (index < 0) return;
      this.wanted_s = offset_s;
      if (index === this.chosen) this.seek(offset_s);
      else this.choose(index);
    },
    load() {
      this.problem = this.clip ? "" : this.words.no_clip;
      this.now = 0;
      this.length = 0;
      const video = this.$refs.video;
      if (this.clip) video.src = this.clip.url;
      else video.removeAttribute("src");
      video.load();
    },
    ready() {
      this.length = this.$refs.video.duration;
      this.$refs.video.playbackRate = this.rate;
      if (this.overlay) this.begin();
      this.draw();
    },
    // Nothing plays before the masks are known.
    begin() {
      if (this.wanted_s !== null) this.seek(this.wanted_s);
      else this.$refs.video.play().catch(() => { this.paused = true; });
    },
    // The next clip that holds decisive seconds plays by itself.
    goOn() {
      const next = this.clips.findIndex((clip, index) => index > this.chosen && clip.decisive.length);
      if (next > 0) this.choose(next);
    },
    failed() {
      if (this.clip) this.problem = this.words.cannot_play;
    },
    follow() {
      this.paused = false;
      const video = this.$refs.video;
      let before = null;
      const clip = this.clip;
      const next = (_, frame) => {
        this.draw();
        if (clip !== this.clip) return;
        if (before !== null) this.count(clip, before, frame.mediaTime);
        before = frame.mediaTime;
        if (!video.paused && !video.ended) video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    },
    // Frames from..to of a clip were shown one after the other; steps within decisive parts count once each.
    count(clip, from_s, to_s) {
      if (document.visibilityState !== "visible" || !this.overlay || to_s <= from_s || to_s - from_s > LONGEST_STEP_S) return;
      clip.decisive.forEach(([start, end], part) => {
        const last = Math.round((end - start) / STEP_S) - 1;
        for (let step = Math.max(0, Math.floor((from_s - start) / STEP_S)); step <= Math.min(last, Math.floor((to_s - start) / STEP_S)); step++)
          this.seen.add(`${clip.name} ${part} ${step}`);
      });
      const played_s = this.seen.size * STEP_S;
      if (played_s - this.reported_s >= 0.5 || (played_s > this.reported_s && to_s + LONGEST_STEP_S >= this.length)) {
        this.reported_s = played_s;
        this.$emit("progress", played_s);
      }
    },
    toggle() {
      if (!this.overlay) return;
      const video = this.$refs.video;
      if (video.paused) video.play(); else video.pause();
    },
    seek(offset_s) {
      const video = this.$refs.video;
      this.wanted_s = null;
      video.pause();
      video.currentTime = Math.max(0, Math.min(offset_s + 0.001, this.length || offset_s));
    },
    step(direction) {
      const times = this.rowTimes();
      const here = this.$refs.video.currentTime;
      const next = direction > 0 ? times.find((t) => t > here + 0.005) : times.filter((t) => t < here - 0.005).pop();
      this.seek(next === undefined ? here + direction * 0.2 : next);
    },
    slower() {
      this.rate = this.rate === 1 ? 0.5 : this.rate === 0.5 ? 0.25 : 1;
      this.$refs.video.playbackRate = this.rate;
    },
    toggleOverlay() {
      this.overlayOn = !this.overlayOn;
      this.draw();
    },
    scrub(event) {
      const box = this.$refs.track.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.length);
    },
    share(seconds) {
      return this.length ? `${Math.min(100, (100 * seconds) / this.length)}%` : "0%";
    },
    clock() {
      if (!this.clip) return "";
      const at = new Date(this.clip.started_at_ms + this.now * 1000 + 7 * 3600 * 1000); // Hue keeps UTC+7
      return at.toISOString().slice(11, 23);
    },
    rowTimes() {
      return this.rows.map((row) => row.offset_s);
    },
    // The newest row at or before the shown frame: a box is never drawn before it was seen.
    rowAt(seconds) {
      let found = null;
      for (const row of this.rows) {
        if (row.offset_s > seconds + 0.02) break;
        found = row;
      }
      return found && seconds - found.offset_s < 1.5 ? found : null;
    },
    draw() {
      const { video, canvas } = this.$refs;
      if (!video || !canvas) return;
      this.now = video.currentTime;
      const scale = window.devicePixelRatio || 1;
      const wide = video.clientWidth, high = video.clientHeight;
      canvas.width = wide * scale;
      canvas.height = high * scale;
      const pen = canvas.getContext("2d");
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      if (!this.overlay || !video.videoWidth) return;
      // object-fit: contain leaves bars; the overlay lives on the picture alone
      const zoom = Math.min(wide / video.videoWidth, high / video.videoHeight);
      const width = video.videoWidth * zoom, height = video.videoHeight * zoom;
      pen.translate((wide - width) / 2, (high - height) / 2);
      this.drawMasks(pen, width, height);
      if (!this.overlayOn) return;
      this.drawSite(pen, width, height);
      const row = this.rowAt(video.currentTime);
      if (row) this.drawRow(pen, row, width, height);
    },
    drawMasks(pen, width, height) {
      for (const polygon of this.overlay.masks) {
        pen.beginPath();
        polygon.forEach(([x, y], i) => (i ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
        pen.closePath();
        pen.fillStyle = MASK;
        pen.fill();
      }
    },
    drawSite(pen, width, height) {
      for (const zone of this.overlay.zones) {
        pen.beginPath();
        zone.polygon_norm.forEach(([x, y], i) => (i ? pen.lineTo(x * width, y * height) : pen.moveTo(x * width, y * height)));
        pen.closePath();
        pen.fillStyle = ZONE_FILL;
        pen.fill();
        pen.strokeStyle = ZONE_EDGE;
        pen.lineWidth = 1;
        pen.stroke();
      }
      for (const line of this.overlay.lines) {
        const [[x1, y1], [x2, y2]] = line.points_norm;
        pen.beginPath();
        pen.moveTo(x1 * width, y1 * height);
        pen.lineTo(x2 * width, y2 * height);
        pen.strokeStyle = LINE_EDGE;
        pen.lineWidth = 2;
        pen.stroke();
      }
    },
    drawRow(pen, row, width, height) {
      const sx = width / this.overlay.resolution_wh[0], sy = height / this.overlay.resolution_wh[1];
      for (const object of row.tracks) {
        const [x1, y1, x2, y2] = object.box_xyxy_px;
        pen.strokeStyle = object.subject ? SUBJECT : OTHER;
        pen.lineWidth = object.subject ? 3 : 1;
        pen.setLineDash(object.observed === false ? [4, 4] : []);
        pen.strokeRect(x1 * sx, y1 * sy, (x2 - x1) * sx, (y2 - y1) * sy);
        if (!object.subject) continue;
        pen.font = "600 12px system-ui, sans-serif";
        const text = `${object.label} #${object.track_id}`;
        pen.fillStyle = SUBJECT;
        pen.fillRect(x1 * sx, Math.max(0, y1 * sy - 17), pen.measureText(text).width + 8, 17);
        pen.fillStyle = "#1b1200";
        pen.fillText(text, x1 * sx + 4, Math.max(12, y1 * sy - 4));
      }
      pen.setLineDash([]);
      Object.entries(row.signals || {}).forEach(([name, state], i) => {
        pen.beginPath();
        pen.arc(18, 18 + i * 26, 9, 0, 7);
        pen.fillStyle = SIGNAL[state] || SIGNAL.unknown;
        pen.fill();
        pen.strokeStyle = "#fff";
        pen.lineWidth = 1.5;
        pen.stroke();
        pen.font = "600 12px system-ui, sans-serif";
        pen.fillStyle = "#fff";
        pen.fillText(`${name}: ${state}`, 33, 22 + i * 26);
      });
    },
  },
};
