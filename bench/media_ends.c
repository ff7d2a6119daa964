/* The far ends of a server's calls: sends and receives 50 packets a second for each, on one port a side.
 *
 *   media_ends SEND                SEND 0: only listens
 *   prints "portA portB" (RTP, callers and agents; RTCP on the next port)
 *   stdin "count"  forget all figures, count from now on; answers "counting"
 *   stdin "report" one line of JSON;  end of file ends it
 *
 * An end begins with the first packet from a port of the server and ends with that port's RTCP BYE (RFC 3550 6.6),
 * so signalling by somebody else needs no word with this program. A packet of ours carries the time at which it
 * was sent; the kernel's receive time stamps make figures exact although we only look once a millisecond.
 *
 *   way_ms     time through the server of packets that came from the other side, minus the shortest of that end
 *   pacing_ms  how late a packet came for its RTP timestamp, measured against the earliest of that end
 *   first      receive time (seconds since 1970) of the first packet of the other side, one an end of side A
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x43424c45u
#define SECOND 1000000000LL
#define BATCH 64
#define SIZE 172
#define KEPT 4000000

struct mark { uint32_t magic; uint32_t side; int64_t sent_ns; };
struct end {
    int alive, counted, slot;
    uint16_t seq, last; uint32_t ts, ssrc;
    uint64_t received, expected;
    uint32_t stream_ts; int64_t base, earliest, shortest;
    int64_t first_marked;
};
struct figure { float ms; uint8_t side; uint16_t port; };
static struct end ends[2][65536];
static int rtp[2], rtcp[2];
static int slots[20][2][65536], filled[20][2];
static struct figure *ways, *paces;
static size_t ways_used, paces_used;
static uint64_t sent, received, marked;
static int counting, sending;

static int64_t realtime(void) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec * SECOND + t.tv_nsec; }
static int by_value(const void *a, const void *b) { float x = *(const float *)a, y = *(const float *)b; return (x > y) - (x < y); }

static int bound(uint16_t port) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), on = 1, room = 8 << 20;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room)) { setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room); }
    if (bind(fd, (void *)&at, sizeof at)) { close(fd); return -1; }
    return fd;
}

static void begin(int side, int port) {
    struct end *end = &ends[side][port];
    static uint32_t made;
    memset(end, 0, sizeof *end);
    end->alive = 1; end->ssrc = 0x20000000u + ++made; end->earliest = end->shortest = INT64_MAX;
    int best = 0;
    for (int slot = 1; slot < 20; slot++) {
        if (filled[slot][0] + filled[slot][1] < filled[best][0] + filled[best][1]) { best = slot; }
    }
    end->slot = best;
    slots[best][side][filled[best][side]++] = port;
}

static void finish(int side, int port) {
    struct end *end = &ends[side][port];
    if (!end->alive) { return; }
    end->alive = 0;
    int *list = slots[end->slot][side], *count = &filled[end->slot][side];
    for (int i = 0; i < *count; i++) { if (list[i] == port) { list[i] = list[--*count]; break; } }
}

static void greet(int side, int port) {
    /* A phone speaks as soon as it is answered; its place among the others comes later. */
    struct end *end = &ends[side][port];
    uint8_t data[SIZE];
    memset(data, 0xff, SIZE);
    data[0] = 0x80; data[1] = 0x80;
    *(uint16_t *)(data + 2) = htons(end->seq++);
    *(uint32_t *)(data + 4) = htonl(end->ts);
    *(uint32_t *)(data + 8) = htonl(end->ssrc);
    end->ts += 160;
    struct mark mark = {MAGIC, side, realtime()};
    memcpy(data + 12, &mark, sizeof mark);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (sendto(rtp[side], data, SIZE, 0, (void *)&to, sizeof to) == SIZE && counting) { sent++; }
}

static void hear(int side, const uint8_t *data, int size, int port, int64_t at) {
    struct end *end = &ends[side][port];
    if (size < 12 || data[0] >> 6 != 2 || (data[1] & 0x7f) == 101) { return; }
    if (!end->alive) { begin(side, port); if (sending) { greet(side, port); } }
    uint16_t seq = data[2] << 8 | data[3];
    uint32_t ts = ntohl(*(uint32_t *)(data + 4));
    struct mark mark = {0};
    if (size >= 12 + (int)sizeof mark) { memcpy(&mark, data + 12, sizeof mark); }
    int from_end = mark.magic == MAGIC && mark.side != (uint32_t)side;
    if (from_end && !end->first_marked) { end->first_marked = at; }
    if (!counting) { return; }
    received++;
    if (!end->counted) { end->counted = 1; end->last = seq; end->expected = 1; end->stream_ts = ts; end->base = at; }
    else { int16_t ahead = seq - end->last; if (ahead > 0) { end->expected += ahead; end->last = seq; } }
    end->received++;
    int64_t due = (int64_t)(int32_t)(ts - end->stream_ts) * 125000, late = at - due - end->base;
    if (late < end->earliest) { end->earliest = late; }
    if (from_end) {
        marked++;
        int64_t way = at - mark.sent_ns;
        if (way < end->shortest) { end->shortest = way; }
        if (ways_used < KEPT) { ways[ways_used++] = (struct figure){way / 1e6f, side, port}; }
    } else if (paces_used < KEPT) { paces[paces_used++] = (struct figure){late / 1e6f, side, port}; }
}

static void drain(int side) {
    static uint8_t data[BATCH][1600], control[BATCH][64];
    struct mmsghdr messages[BATCH]; struct iovec pieces[BATCH]; struct sockaddr_in from[BATCH];
    int got;
    do {
        for (int i = 0; i < BATCH; i++) {
            pieces[i] = (struct iovec){data[i], sizeof data[i]};
            messages[i].msg_hdr = (struct msghdr){&from[i], sizeof from[i], &pieces[i], 1, control[i], sizeof control[i], 0};
        }
        got = recvmmsg(rtp[side], messages, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < got; i++) {
            struct cmsghdr *head = CMSG_FIRSTHDR(&messages[i].msg_hdr);
            struct timespec at = {0, 0};
            if (head && head->cmsg_type == SCM_TIMESTAMPNS) { memcpy(&at, CMSG_DATA(head), sizeof at); }
            hear(side, data[i], messages[i].msg_len, ntohs(from[i].sin_port), at.tv_sec * SECOND + at.tv_nsec);
        }
    } while (got == BATCH);
}

static void goodbyes(int side) {
    uint8_t data[1600]; struct sockaddr_in from; socklen_t room = sizeof from; ssize_t size;
    while ((size = recvfrom(rtcp[side], data, sizeof data, MSG_DONTWAIT, (void *)&from, &room)) > 0) {
        for (ssize_t at = 0; at + 4 <= size; at += 4 + 4 * (data[at + 2] << 8 | data[at + 3])) {
            if (data[at + 1] == 203) { finish(side, ntohs(from.sin_port) - 1); }
        }
        room = sizeof from;
    }
}

static void speak(int slot) {
    static uint8_t data[BATCH][SIZE];
    struct mmsghdr messages[BATCH]; struct iovec pieces[BATCH]; struct sockaddr_in to[BATCH];
    for (int side = 0; side < 2; side++) {
        for (int from = 0; from < filled[slot][side]; from += BATCH) {
            int count = filled[slot][side] - from;
            if (count > BATCH) { count = BATCH; }
            for (int i = 0; i < count; i++) {
                int port = slots[slot][side][from + i];
                struct end *end = &ends[side][port];
                memset(data[i], 0xff, SIZE);
                data[i][0] = 0x80; data[i][1] = 0;
                *(uint16_t *)(data[i] + 2) = htons(end->seq++);
                *(uint32_t *)(data[i] + 4) = htonl(end->ts);
                *(uint32_t *)(data[i] + 8) = htonl(end->ssrc);
                end->ts += 160;
                struct mark mark = {MAGIC, side, realtime()};
                memcpy(data[i] + 12, &mark, sizeof mark);
                to[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
                pieces[i] = (struct iovec){data[i], SIZE};
                messages[i].msg_hdr = (struct msghdr){&to[i], sizeof to[i], &pieces[i], 1, NULL, 0, 0};
            }
            int done = sendmmsg(rtp[side], messages, count, 0);
            if (counting && done > 0) { sent += done; }
        }
    }
}

static void reset(void) {
    sent = received = marked = ways_used = paces_used = 0;
    counting = 1;
    for (int side = 0; side < 2; side++) for (int port = 0; port < 65536; port++) {
        struct end *end = &ends[side][port];
        end->counted = 0; end->received = end->expected = 0; end->earliest = end->shortest = INT64_MAX;
    }
}

static void spread(const char *name, struct figure *of, size_t used) {
    qsort(of, used, sizeof *of, by_value);
#define AT(q) (used ? of[(size_t)((used - 1) * (q))].ms : 0.0f)
    printf("\"%s\": {\"p50\": %.3f, \"p99\": %.3f, \"p999\": %.3f, \"max\": %.3f}", name, AT(0.5), AT(0.99), AT(0.999), AT(1.0));
}

static void report(void) {
    uint64_t lost = 0, expected = 0, streams = 0;
    int alive[2] = {0, 0};
    counting = 0;
    for (int side = 0; side < 2; side++) for (int port = 0; port < 65536; port++) {
        struct end *end = &ends[side][port];
        alive[side] += end->alive;
        if (!end->counted) { continue; }
        streams++; expected += end->expected;
        if (end->expected > end->received) { lost += end->expected - end->received; }
    }
    for (size_t i = 0; i < ways_used; i++) { ways[i].ms -= ends[ways[i].side][ways[i].port].shortest / 1e6f; }
    for (size_t i = 0; i < paces_used; i++) { paces[i].ms -= ends[paces[i].side][paces[i].port].earliest / 1e6f; }
    printf("{\"callers\": %d, \"agents\": %d, \"streams\": %lu, \"sent\": %lu, \"received\": %lu, \"bridged\": %lu, "
           "\"expected\": %lu, \"lost\": %lu, ", alive[0], alive[1], streams, sent, received, marked, expected, lost);
    spread("way_ms", ways, ways_used);
    printf(", ");
    spread("pacing_ms", paces, paces_used);
    printf(", \"first\": [");
    int some = 0;
    for (int port = 0; port < 65536; port++) {
        if (ends[0][port].first_marked) { printf(some++ ? ", %.6f" : "%.6f", ends[0][port].first_marked / 1e9); }
    }
    printf("]}\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    int port = 40000 + getpid() % 1000 * 4;
    sending = argc > 1 ? atoi(argv[1]) : 1;
    ways = malloc(KEPT * sizeof *ways); paces = malloc(KEPT * sizeof *paces);
    for (int side = 0; side < 2; side++, port += 2) {
        while ((rtp[side] = bound(port)) < 0 || (rtcp[side] = bound(port + 1)) < 0) {
            if (rtp[side] >= 0) { close(rtp[side]); }
            if ((port += 2) > 60000) { return 1; }
        }
        printf(side ? "%d\n" : "%d ", port);
    }
    fflush(stdout);
    fcntl(0, F_SETFL, O_NONBLOCK);
    int64_t next = realtime(), tick = 0;
    char line[64]; int used = 0;
    for (;;) {
        while (realtime() >= next) { if (sending) { speak(tick % 20); } tick++; next += 1000000; }
        for (int side = 0; side < 2; side++) { drain(side); goodbyes(side); }
        char letter; ssize_t got;
        while ((got = read(0, &letter, 1)) == 1) {
            if (letter != '\n') { if (used < 63) { line[used++] = letter; } continue; }
            line[used] = 0; used = 0;
            if (!strcmp(line, "count")) { reset(); puts("counting"); fflush(stdout); }
            if (!strcmp(line, "report")) { report(); }
        }
        if (got == 0) { return 0; }
        int64_t wait = next - realtime();
        if (wait > 0) { struct timespec pause = {0, wait}; nanosleep(&pause, NULL); }
    }
}
