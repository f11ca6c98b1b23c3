// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {BoundedCall} from "../../libraries/BoundedCall.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";
import {PoolAverage, PricedPool} from "../../libraries/PoolAverage.sol";
import {TickPace, TickPath, TruncatedTick} from "../../libraries/TruncatedTick.sol";

/// @dev Points kept: the window's beginning is interpolated between two of them, a thirty-second of it apart.
uint256 constant POINTS = 34;

/// @title Average prices of Uniswap v3 pools that no single block can push far
/// @notice The geometric mean of a tick that follows the pool's by a bounded move a block (mechanism section 5). The pool's own
/// observations are replayed, each with the tick that stood until it: what a trade does within a block, or who records when,
/// changes nothing. Value and time advance together.
/// @dev Somebody must call `record` as often as the pool is traded in MAX_REPLAY blocks; until then the source is STALE. If the pool
/// has forgotten observations before they were replayed, the mean of the gap stands for them.
contract TruncatedPoolSource is IPriceSource, AccessManaged {
    using PoolAverage for PricedPool;
    using TruncatedTick for TickPath;

    /// @dev The sum of the truncated tick at a time.
    struct Point {
        uint32 time;
        int64 sum;
    }

    /// @dev A pool's latest observation and present tick.
    struct Tip {
        uint256 index;
        uint256 cardinality;
        int256 tick;
    }

    /// @dev One observation of a pool.
    struct Observation {
        uint256 time;
        int256 sum;
        bool written;
    }

    /// @dev One market: its points are a ring, `next` the place of the oldest.
    struct Recorder {
        PricedPool pool;
        TickPace pace;
        TickPath path;
        uint256 next;
        Point[POINTS] points;
    }

    /// @notice Most observations of the pool that a reading replays, and `record` for each point it keeps.
    uint256 public constant MAX_REPLAY = 32;

    /// @notice The pool does not remember the window yet, so there is nothing to start from.
    error HistoryTooShort(IUniswapV3Pool pool, SourceStatus status);

    /// @notice A market's pool was set; a zero pool removes it.
    event PoolSet(uint8 indexed market, PricedPool pool, TickPace pace);

    /// @notice The recorder has caught up to a time (seconds); `tick` is where the truncated tick stands.
    event Recorded(uint8 indexed market, uint256 time, int24 tick);

    mapping(uint8 market => Recorder) private _recorders;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPriceSource
    /// @dev SHORT_HISTORY for a window after set-up, STALE if the recorder is too far behind. Price and depth are rounded down.
    function read(uint8 market) external view returns (Reading memory reading) {
        PricedPool memory pool = _recorders[market].pool;
        if (address(pool.pool) == address(0)) {
            reading.status = SourceStatus.UNCONFIGURED;
            return reading;
        }
        int256 ticks;
        (reading.status, ticks) = _truncated(market, pool);
        if (reading.status != SourceStatus.OK) return reading;
        uint256 seconds128;
        (reading.status, , seconds128) = pool.accumulated();
        if (reading.status != SourceStatus.OK) return reading;
        int256 logarithm = pool.logarithmOf(ticks);
        reading.price = pool.priceOf(logarithm);
        reading.depth = pool.depthOf(logarithm, seconds128);
        reading.publishedAt = block.timestamp;
    }

    /// @notice Replays what the pool has observed since the last time, at most 68 stretches of 32 observations. Anyone, at any
    /// time.
    /// @return time up to which it has caught up, seconds; the last one if the market has no pool or the pool does not answer
    function record(uint8 market) external returns (uint256 time) {
        Recorder storage recorder = _recorders[market];
        TickPath memory path = recorder.path;
        if (path.time == 0) return 0;
        uint256 spacing = (recorder.pool.window + 31) / 32;
        uint256 started = path.time;
        for (uint256 i; i < 2 * POINTS && path.time < block.timestamp; ++i) {
            uint256 goal = _goal(path.time, spacing);
            if (_advance(recorder, path, goal, MAX_REPLAY) > SourceStatus.STALE) break;
            _keep(recorder, path, spacing);
        }
        if (path.time == started) return started;
        recorder.path = path;
        emit Recorded(market, path.time, path.tick);
        return path.time;
    }

    /// @notice Makes a pool record enough observations for a window, up to 500 more of them. Anyone.
    /// @param window seconds
    /// @return cardinality how many the pool will record; `setPool` needs one for every twelve seconds
    function remember(IUniswapV3Pool pool, uint32 window) external returns (uint256 cardinality) {
        return PoolAverage.remember(pool, window);
    }

    /// @notice Sets or removes a market's pool. Restricted. The truncated tick starts from the mean over the window, so the pool
    /// must remember one; slots of time begin at the time of this block.
    /// @dev Reverts with HistoryTooShort, with the errors of UniswapV3TwapSource, or with ParameterOutOfRange on a move outside 1 to
    /// 887,272 ticks or a slot outside a second to a minute.
    /// @param pool zero removes it
    /// @param base the pool's token that is the market's base; the other one is the quote
    /// @param window seconds averaged over
    /// @param maxMove ticks the truncated tick may move in a slot: 9,116 is a factor of 2.49
    /// @param slot seconds: a block of the chain
    function setPool(
        uint8 market,
        IUniswapV3Pool pool,
        address base,
        uint32 window,
        uint24 maxMove,
        uint16 slot
    ) external restricted {
        Recorder storage recorder = _recorders[market];
        delete _recorders[market];
        if (address(pool) != address(0)) {
            ParameterRange.check("maxMove", maxMove, 1, uint256(PoolAverage.MAX_TICK));
            ParameterRange.check("slot", slot, 1, 1 minutes);
            recorder.pool = PoolAverage.prepare(pool, base, window);
            recorder.pace = TickPace(maxMove, slot, uint16(block.timestamp % slot));
            _start(recorder);
        }
        emit PoolSet(market, recorder.pool, recorder.pace);
    }

    /// @notice A market's pool, how far its tick may move in a slot, and where the recorder stands.
    function recorderOf(
        uint8 market
    ) external view returns (PricedPool memory pool, TickPace memory pace, TickPath memory path) {
        Recorder storage recorder = _recorders[market];
        return (recorder.pool, recorder.pace, recorder.path);
    }

    function _start(Recorder storage recorder) private {
        PricedPool memory pool = recorder.pool;
        (SourceStatus status, int256 ticks, ) = pool.accumulated();
        if (status != SourceStatus.OK) revert HistoryTooShort(pool.pool, status);
        Tip memory tip;
        (status, tip) = _tip(pool.pool);
        Observation memory last;
        if (status == SourceStatus.OK) (status, last) = _observation(pool.pool, tip.index);
        if (status != SourceStatus.OK) revert HistoryTooShort(pool.pool, status);
        int24 mean = int24(ticks / int256(uint256(pool.window)));
        TickPath memory path;
        path.time = uint32(block.timestamp);
        path.index = uint16(tip.index);
        (path.anchor, path.tick) = (mean, mean);
        path.pool = int56(last.sum + tip.tick * int256(block.timestamp - last.time));
        path.slot = uint32(block.timestamp / recorder.pace.slot);
        recorder.path = path;
        recorder.points[0] = Point(path.time, 0);
        recorder.next = 1;
    }

    /// @dev Sum of the truncated tick over the window that ends now.
    function _truncated(uint8 market, PricedPool memory pool) private view returns (SourceStatus status, int256 ticks) {
        Recorder storage recorder = _recorders[market];
        TickPath memory path = recorder.path;
        uint256 from = block.timestamp - pool.window;
        int256 begun;
        if (from < path.time) {
            bool known;
            (known, begun) = _interpolated(recorder, from, path);
            if (!known) return (SourceStatus.SHORT_HISTORY, 0);
        } else {
            status = _advance(recorder, path, from, MAX_REPLAY);
            if (status != SourceStatus.OK) return (status, 0);
            begun = path.sum;
        }
        status = _advance(recorder, path, block.timestamp, MAX_REPLAY);
        ticks = path.sum - begun;
    }

    /// @dev The sum at a time before the path's end, from the points on either side of it; false if it is older than all.
    function _interpolated(
        Recorder storage recorder,
        uint256 when,
        TickPath memory path
    ) private view returns (bool, int256) {
        (uint256 time, int256 sum) = (path.time, path.sum);
        uint256 place = recorder.next;
        for (uint256 i; i < POINTS; ++i) {
            place = (place + POINTS - 1) % POINTS;
            Point memory point = recorder.points[place];
            if (point.time == 0) return (false, 0);
            if (point.time <= when) {
                uint256 between = time - point.time;
                if (between == 0) return (true, sum);
                return (true, point.sum + ((sum - point.sum) * int256(when - point.time)) / int256(between));
            }
            (time, sum) = (point.time, point.sum);
        }
        return (false, 0);
    }

    /// @dev One spacing on, so that a point is left at each; whatever is older than the ring is passed over in one go.
    function _goal(uint256 time, uint256 spacing) private view returns (uint256 goal) {
        goal = time + spacing;
        if (goal + (POINTS - 1) * spacing < block.timestamp) goal = block.timestamp - (POINTS - 1) * spacing;
        if (goal > block.timestamp) goal = block.timestamp;
    }

    function _keep(Recorder storage recorder, TickPath memory path, uint256 spacing) private {
        uint256 next = recorder.next;
        if (path.time < recorder.points[(next + POINTS - 1) % POINTS].time + spacing) return;
        recorder.points[next] = Point(path.time, path.sum);
        recorder.next = (next + 1) % POINTS;
    }

    /// @dev Replays the pool's observations until a time, at most so many. STALE if that was not enough.
    function _advance(
        Recorder storage recorder,
        TickPath memory path,
        uint256 until,
        uint256 most
    ) private view returns (SourceStatus status) {
        IUniswapV3Pool pool = recorder.pool.pool;
        TickPace memory pace = recorder.pace;
        Tip memory tip;
        (status, tip) = _tip(pool);
        for (uint256 i; status == SourceStatus.OK && i < most; ++i) {
            uint256 index;
            Observation memory next;
            (status, index, next) = _following(pool, path, tip);
            if (status != SourceStatus.OK) return status;
            if (!next.written) {
                path.hold(pace, tip.tick, until);
                return SourceStatus.OK;
            }
            int256 tick = path.tick;
            if (next.time > path.time) tick = (next.sum - path.pool) / int256(next.time - path.time);
            if (tick > PoolAverage.MAX_TICK || tick < -PoolAverage.MAX_TICK) return SourceStatus.MALFORMED;
            path.hold(pace, tick, next.time < until ? next.time : until);
            if (next.time > until) return SourceStatus.OK;
            (path.index, path.pool) = (uint16(index), int56(next.sum));
        }
        return status == SourceStatus.OK ? SourceStatus.STALE : status;
    }

    /// @dev The pool's next observation after the path's; not `written` if there is none. The latest where the next has been
    /// overwritten or, after the pool began to remember more, lies elsewhere.
    function _following(
        IUniswapV3Pool pool,
        TickPath memory path,
        Tip memory tip
    ) private view returns (SourceStatus status, uint256 index, Observation memory next) {
        bool last = path.index == tip.index;
        index = last ? tip.index : (path.index + 1) % tip.cardinality;
        (status, next) = _observation(pool, index);
        if (last) {
            next.written = next.written && next.time > path.time;
        } else if (!next.written || next.time < path.time) {
            index = tip.index;
            (status, next) = _observation(pool, index);
        }
        if (next.time > block.timestamp) status = SourceStatus.MALFORMED;
    }

    /// @dev Words of slot0: ratio, tick, index, cardinality, next cardinality, fee, unlocked.
    function _tip(IUniswapV3Pool pool) private view returns (SourceStatus status, Tip memory tip) {
        uint256[] memory words;
        (status, words) = _words(pool, abi.encodePacked(pool.slot0.selector), 7);
        if (status != SourceStatus.OK) return (status, tip);
        tip = Tip(uint16(words[2]), uint16(words[3]), int24(int256(words[1])));
        if (tip.cardinality == 0 || tip.tick > PoolAverage.MAX_TICK || tip.tick < -PoolAverage.MAX_TICK) {
            status = SourceStatus.MALFORMED;
        }
    }

    /// @dev Words of an observation: time, sum of ticks, seconds per liquidity, initialised.
    function _observation(
        IUniswapV3Pool pool,
        uint256 index
    ) private view returns (SourceStatus status, Observation memory observation) {
        uint256[] memory words;
        (status, words) = _words(pool, abi.encodeWithSelector(pool.observations.selector, index), 4);
        if (status != SourceStatus.OK) return (status, observation);
        observation = Observation(uint32(words[0]), int56(int256(words[1])), words[3] == 1);
    }

    function _words(
        IUniswapV3Pool pool,
        bytes memory data,
        uint256 count
    ) private view returns (SourceStatus, uint256[] memory words) {
        BoundedCall.Outcome outcome;
        (outcome, words) = BoundedCall.readWords(address(pool), gasleft(), data, count);
        if (outcome == BoundedCall.Outcome.UNREACHABLE) return (SourceStatus.UNREACHABLE, words);
        if (outcome == BoundedCall.Outcome.MALFORMED) return (SourceStatus.MALFORMED, words);
        return (SourceStatus.OK, words);
    }
}
