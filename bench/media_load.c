/* Load for a media relay: N bridged calls, 2N ends, each sends PCMU every 20 ms and counts what it hears.
 *
 *   media_load SECONDS HOST < ports       one line per call: port of end A, port of end B
 *   prints one line of JSON
 *
 * Ends are spread over the 20 ms. The payload of a packet begins with a magic word, its sender and the time it
 * was sent, so that the receiver knows the time on the way: up to the kernel's time stamp of its arrival, so that
 * this program's own delays are not the relay's. The first second warms up and is not counted.
 * Added jitter is the time on the way minus the shortest of that end. `sent` and `received` count packets
 * after the warm-up whose way had a second to complete.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x43424c44u
#define PERIOD_NS 20000000LL

struct end { int fd; uint32_t ssrc; uint16_t seq; uint32_t ts; int64_t shortest; };
struct mark { uint32_t magic; uint32_t counted; int64_t sent_ns; uint32_t sender; uint32_t pad; };

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t real_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* One datagram and when the kernel took it in; -1 when none is there. */
static ssize_t take(int fd, uint8_t *data, size_t room, int64_t *arrived_ns) {
    char control[128];
    struct iovec part = {data, room};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT);
    *arrived_ns = 0;
    if (size >= 0) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
                struct timespec t;
                memcpy(&t, CMSG_DATA(c), sizeof t);
                *arrived_ns = t.tv_sec * 1000000000LL + t.tv_nsec;
            }
        }
    }
    return size;
}

static int by_value(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static struct end *ends;
static int count;
static float *ways;              /* ms, shortest way subtracted at the end */
static uint32_t *way_of;
static size_t ways_used, ways_room;
static uint64_t sent, received, wrong;

static void hear(int index) {
    uint8_t data[2048];
    struct mark mark;
    ssize_t size;
    int64_t arrived_ns;
    while ((size = take(ends[index].fd, data, sizeof data, &arrived_ns)) > 0) {
        if (size < 12 + (ssize_t)sizeof mark) { continue; }
        memcpy(&mark, data + 12, sizeof mark);
        if (mark.magic != MAGIC) { continue; } /* silence that keeps the path open */
        if ((int)(mark.sender ^ 1) != index) { wrong++; continue; }
        if (!mark.counted) { continue; }
        received++;
        int64_t way = (arrived_ns ? arrived_ns : real_ns()) - mark.sent_ns;
        if (way < ends[index].shortest) { ends[index].shortest = way; }
        if (ways_used < ways_room) { ways[ways_used] = way / 1e6f; way_of[ways_used++] = index; }
    }
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 5;
    const char *host = argc > 2 ? argv[2] : "127.0.0.1";
    int port_a, port_b, room = 0;
    while (scanf("%d %d", &port_a, &port_b) == 2) {
        if (count + 2 > room) { room = room ? room * 2 : 64; ends = realloc(ends, room * sizeof *ends); }
        int ports[2] = {port_a, port_b};
        for (int side = 0; side < 2; side++, count++) {
            struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ports[side])};
            struct sockaddr_in from = {.sin_family = AF_INET};
            inet_pton(AF_INET, host, &to.sin_addr);
            inet_pton(AF_INET, host, &from.sin_addr);
            struct end *end = &ends[count];
            end->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
            end->ssrc = 0x10000000u + count;
            end->seq = count * 7;
            end->ts = count * 1000;
            end->shortest = INT64_MAX;
            int size = 1 << 20;
            setsockopt(end->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
            int yes = 1;
            setsockopt(end->fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
            if (bind(end->fd, (void *)&from, sizeof from) || connect(end->fd, (void *)&to, sizeof to)) {
                perror("media_load");
                return 1;
            }
        }
    }
    /* A generator that is kept waiting sends bursts, which no phone does: go first, where the system allows it. */
    sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
    /* Tell our own ports, then wait until the caller has set up the relay. */
    for (int i = 0; i < count; i += 2) {
        struct sockaddr_in a, b;
        socklen_t size = sizeof a;
        getsockname(ends[i].fd, (void *)&a, &size);
        size = sizeof b;
        getsockname(ends[i + 1].fd, (void *)&b, &size);
        printf("%d %d\n", ntohs(a.sin_port), ntohs(b.sin_port));
    }
    printf("ready\n");
    fflush(stdout);
    ways_room = (size_t)((seconds + 2) * 50 * count) + 1000;
    ways = malloc(ways_room * sizeof *ways);
    way_of = malloc(ways_room * sizeof *way_of);
    int epoll = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, ends[i].fd, &event);
    }
    int64_t start = now_ns() + 200000000LL, next_at = start, step = PERIOD_NS / (count ? count : 1);
    int64_t count_from = start + 1000000000LL, stop = count_from + (int64_t)(seconds * 1e9);
    uint64_t turn = 0;
    struct epoll_event events[256];
    uint8_t packet[172];
    memset(packet, 0xff, sizeof packet);
    for (;;) {
        int64_t now = now_ns();
        if (now > stop + 1000000000LL) { break; }
        while (next_at <= now && next_at < stop) {
            int index = turn % count;
            struct end *end = &ends[index];
            uint32_t counted = next_at >= count_from;
            packet[0] = 0x80;
            packet[1] = 0;
            *(uint16_t *)(packet + 2) = htons(end->seq++);
            *(uint32_t *)(packet + 4) = htonl(end->ts);
            *(uint32_t *)(packet + 8) = htonl(end->ssrc);
            end->ts += 160;
            struct mark mark = {MAGIC, counted, real_ns(), index, 0};
            memcpy(packet + 12, &mark, sizeof mark);
            if (send(end->fd, packet, sizeof packet, 0) == sizeof packet && counted) { sent++; }
            turn++;
            next_at = start + turn / count * PERIOD_NS + turn % count * step;
            now = now_ns();
        }
        int64_t wait = next_at < stop ? next_at - now_ns() : 50000000LL;
        struct timespec pause = {0, wait > 0 ? wait : 0};
        int ready = epoll_pwait2(epoll, events, 256, &pause, NULL);
        for (int i = 0; i < ready; i++) { hear(events[i].data.u32); }
    }
    for (size_t i = 0; i < ways_used; i++) { ways[i] -= ends[way_of[i]].shortest / 1e6f; }
    qsort(ways, ways_used, sizeof *ways, by_value);
#define AT(q) (ways_used ? ways[(size_t)((ways_used - 1) * (q))] : 0.0f)
    printf("{\"sent\": %lu, \"received\": %lu, \"wrong\": %lu, \"jitter_ms\": {\"p50\": %.3f, \"p99\": %.3f, "
           "\"p999\": %.3f, \"max\": %.3f}}\n",
           sent, received, wrong, AT(0.5), AT(0.99), AT(0.999), AT(1.0));
    return 0;
}
