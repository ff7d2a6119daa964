// A phone for tests: SIP.js on the browser's own WebRTC. The test calls `phone.*`; settings stand in the address.
import { Inviter, Registerer, RegistererState, SessionState, UserAgent, Web } from "./sip/index.js";

const settings = new URLSearchParams(location.search);
const at = (user) => UserAgent.makeURI(`sip:${user}@${settings.get("host")}`);
const log = [];
const ears = new AudioContext();
const analyser = new AnalyserNode(ears, { fftSize: 8192, smoothingTimeConstant: 0 });
let agent, registerer, session;

const track = (connector) => (level, category, label, content) => log.push(`${connector}${level} ${category}: ${content}`);

// A microphone changes nothing of what it hears; a tone needs no leave to listen, so that Chromium hides its addresses.
async function voice() {
  const tone = Number(settings.get("tone"));
  if (!tone) {
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    return navigator.mediaDevices.getUserMedia({ audio: raw, video: false });
  }
  const out = new MediaStreamAudioDestinationNode(ears, { channelCount: 1 });
  const gain = new GainNode(ears, { gain: 0.355 });
  const source = new OscillatorNode(ears, { frequency: tone });
  source.connect(gain).connect(out);
  source.start();
  return out.stream;
}

const connection = () => session.sessionDescriptionHandler.peerConnection;

function watch(next) {
  session = next;
  session.stateChange.addListener((state) => {
    log.push(`session ${state}`);
    if (state !== SessionState.Established) return;
    const heard = session.sessionDescriptionHandler.remoteMediaStream;
    document.getElementById("speaker").srcObject = heard; // without an element WebAudio gets silence
    new MediaStreamAudioSourceNode(ears, { mediaStream: heard }).connect(analyser);
  });
}

window.phone = {
  log: () => log,
  state: () => session?.state ?? "none",
  registered: () => registerer?.state === RegistererState.Registered,

  async start() {
    await ears.resume();
    agent = new UserAgent({
      uri: at(settings.get("user")),
      transportOptions: { server: settings.get("server") },
      authorizationUsername: settings.get("user"),
      authorizationPassword: settings.get("password"),
      logBuiltinEnabled: false,
      logLevel: "debug",
      logConnector: track(""),
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(voice),
      sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [], bundlePolicy: settings.get("bundle") } },
      delegate: { onInvite: (invitation) => { watch(invitation); if (settings.get("answers")) invitation.accept(); } },
    });
    await agent.start();
  },
  async register() {
    registerer = new Registerer(agent);
    await registerer.register();
  },
  async call(number) {
    watch(new Inviter(agent, at(number)));
    await session.invite();
  },
  async hangup() {
    if (session.state === SessionState.Established) await session.bye();
    else if (session instanceof Inviter) await session.cancel();
    else await session.reject();
  },
  async keys(digits) {
    connection().getSenders()[0].dtmf.insertDTMF(digits, 100, 70);
  },
  async hold(held) {
    session.sessionDescriptionHandlerOptionsReInvite = { hold: held };
    await new Promise((onAccept, onReject) => session.invite({ requestDelegate: { onAccept, onReject } }));
  },
  // The strongest frequency of this moment in Hz and its level in dB below a full sine.
  heard() {
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const peak = levels.reduce((best, level, bin) => (level > levels[best] ? bin : best), 1);
    return { hz: (peak * ears.sampleRate) / analyser.fftSize, db: levels[peak] };
  },
  // The level at one frequency, the same way.
  level(hz) {
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const bin = Math.round((hz * analyser.fftSize) / ears.sampleRate);
    return Math.max(...levels.subarray(bin - 1, bin + 2));
  },
  async stats() {
    const found = {};
    const all = await connection().getStats();
    all.forEach((each) => {
      if (["inbound-rtp", "outbound-rtp", "transport", "remote-inbound-rtp"].includes(each.type)) found[each.type] = each;
    });
    found.codec = all.get(found["inbound-rtp"]?.codecId)?.mimeType;
    return found;
  },
  description: () => ({ ours: connection().localDescription.sdp, theirs: connection().remoteDescription?.sdp }),
};
