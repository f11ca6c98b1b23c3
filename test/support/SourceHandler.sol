// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceSource, SourceStatus} from "../../contracts/interfaces/IPriceSource.sol";
import {IndexPrice} from "../../contracts/interfaces/IIndexOracle.sol";
import {PythSource} from "../../contracts/oracle/sources/PythSource.sol";
import {RedemptionRateSource} from "../../contracts/oracle/sources/RedemptionRateSource.sol";
import {SmoothedBookSource} from "../../contracts/oracle/sources/SmoothedBookSource.sol";
import {TruncatedPoolSource} from "../../contracts/oracle/sources/TruncatedPoolSource.sol";
import {TickPace, TickPath} from "../../contracts/libraries/TruncatedTick.sol";
import {TestPyth} from "../../contracts/test/TestPyth.sol";
import {Validity} from "../../contracts/types/Price.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {SourceWorld} from "./SourceWorld.sol";

/// @title Everything anyone can do to the adapters of price sources, and what their far ends do meanwhile
/// @notice Whatever is signed, observed or traded, what a source or the index remembers is a value and the time of that value: neither
/// changes without the other.
contract SourceHandler is ExchangeWatch {
    /// @dev A value that is remembered, and when it was true, seconds.
    struct Pair {
        uint256 value;
        uint256 time;
    }

    uint8 private constant MARKET = 1;

    SourceWorld private immutable SOURCES;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        SOURCES = world_.sources();
    }

    /// @notice What an update sends beyond its fee comes back.
    receive() external payable {}

    /// @dev What is remembered changes as pairs, and an index that is not usable is the last good one.
    modifier paired() {
        Pair[3] memory before = _remembered();
        IndexPrice memory index = SOURCES.oracle().update(MARKET);
        _;
        Pair[3] memory now_ = _remembered();
        for (uint256 i; i < 3; ++i) {
            vm.assertLe(now_[i].time, block.timestamp, "a price of a time to come");
            vm.assertGe(now_[i].time, before[i].time, "time goes back");
            bool anew = now_[i].time > before[i].time || now_[i].time == block.timestamp;
            if (now_[i].value != before[i].value) vm.assertTrue(anew, "a new value with an old time");
        }
        IndexPrice memory next = SOURCES.oracle().update(MARKET);
        vm.assertLe(next.publishedAt, block.timestamp, "an index of a time to come");
        if (next.validity > Validity.UNCERTAIN && index.validity != Validity.UNCERTAIN) {
            vm.assertEq(next.value, index.value, "the last good index stays");
            vm.assertEq(next.publishedAt, index.publishedAt, "and so does its time");
        }
    }

    // ---- what is brought ---------------------------------------------------------------------------------------------

    /// @notice Brings a signed price of this period; one time in four one of the period before, or a later one than its first.
    function bringPyth(uint256 seed, uint256 move) external watched(0, 0) paired {
        PythSource source = SOURCES.pyth();
        uint256 from = source.periodStart(MARKET);
        bool due = source.latestOf(MARKET).publishedAt < from;
        uint256 published = seed % 8 == 0 ? from - 1 : from + ((seed >> 8) % (block.timestamp - from + 1));
        bytes[] memory data = _signed(published, seed % 8 == 1 ? published : from - 1, _near(move));
        vm.deal(address(this), 1 ether);
        try source.update{value: 1 + (seed % 3)}(MARKET, data) returns (bool brought) {
            vm.assertEq(brought, due, "one price a period");
            vm.assertEq(address(this).balance, 1 ether - (brought ? 1 : 0), "what is not the fee comes back");
            if (!brought) return;
            vm.assertTrue(seed % 8 > 1, "not the first price of the period");
            _done();
        } catch {
            vm.assertTrue(due && seed % 8 < 2, "a sound price was refused");
        }
    }

    /// @notice The rate grows a little, falls a little, or leaves its bounds, and is noted only while it is within them.
    function observeRate(uint256 seed) external watched(0, 0) paired {
        RedemptionRateSource source = SOURCES.redemption();
        uint256 rate = source.snapshotOf(MARKET).rate;
        if (seed % 8 == 0) rate = 0;
        else if (seed % 8 == 1) rate *= 2;
        else rate = (rate * (98_000 + ((seed >> 8) % 2_090))) / 100_000;
        SOURCES.rate().setRate(rate);
        (uint256 low, uint256 high) = source.boundsOf(MARKET);
        bool within = rate != 0 && rate >= low && rate <= high;
        try source.observe(MARKET) returns (uint256 observed) {
            vm.assertTrue(within, "noted outside its bounds");
            vm.assertEq(observed, rate, "a rate as it is");
            _done();
        } catch {
            vm.assertTrue(!within, "not noted without need");
        }
        SourceStatus status = source.read(MARKET).status;
        if (!within) vm.assertTrue(status != SourceStatus.OK, "no price of a rate outside its bounds");
    }

    /// @notice Governance takes a rate that was read for its snapshot: that very one, at that very time; or sets the asset anew.
    function adoptRate(uint256 seed) external watched(0, 0) paired {
        RedemptionRateSource source = SOURCES.redemption();
        uint256 rate = source.snapshotOf(MARKET).rate;
        SOURCES.rate().setRate(rate);
        // In another second than whatever was noted before: of several in one the lowest stays.
        skip(1);
        world.lookAtMarks();
        if (seed % 4 == 0) {
            uint24 growth = uint24(draw(seed, 0, 50_000, 200_000));
            uint24 fall = uint24(draw(seed, 1, 20_000, 100_000));
            source.setAsset(MARKET, SOURCES.wrapped(growth, 1_000, fall));
            RedemptionRateSource.Asset memory asset = SOURCES.wrapped(growth, 100_001, fall);
            requireRefused(address(source), abi.encodeCall(source.setAsset, (MARKET, asset)), OUT_OF_RANGE);
        }
        source.observe(MARKET);
        uint256 time = block.timestamp;
        bytes4 reason = RedemptionRateSource.SnapshotNotObserved.selector;
        requireRefused(address(source), abi.encodeCall(source.setSnapshot, (MARKET, rate + 1, time)), reason);
        requireRefused(address(source), abi.encodeCall(source.setSnapshot, (MARKET, rate, time + 1)), reason);
        if (seed % 4 == 0) return;
        source.setSnapshot(MARKET, rate, time);
        _done();
    }

    /// @notice The book's middle enters its average, as far as it stood: a second recording in a block adds nothing.
    function recordBook(uint256 time) external watched(0, 0) paired {
        SmoothedBookSource source = SOURCES.smoothed();
        source.record(MARKET);
        (, SmoothedBookSource.Average memory before) = source.averageOf(MARKET);
        skip(1 + (time % 60));
        world.lookAtMarks();
        source.record(MARKET);
        (, SmoothedBookSource.Average memory now_) = source.averageOf(MARKET);
        (uint256 low, uint256 high) = before.value < now_.quote
            ? (before.value, now_.quote)
            : (now_.quote, before.value);
        if (now_.quote != 0) vm.assertTrue(now_.value >= low && now_.value <= high, "an average beyond its sample");
        if (now_.publishedAt == block.timestamp) _done();
        else vm.assertEq(uint256(now_.value), uint256(before.value), "moved by a book without quotes");
        source.record(MARKET);
        (, SmoothedBookSource.Average memory again) = source.averageOf(MARKET);
        vm.assertEq(uint256(again.value), uint256(now_.value), "a block counts once");
    }

    /// @notice The truncated tick follows the pool's, by no more than a move a slot.
    function recordPool() external watched(0, 0) paired {
        TruncatedPoolSource source = SOURCES.truncated();
        (, TickPace memory pace, TickPath memory before) = source.recorderOf(MARKET);
        uint256 time = source.record(MARKET);
        (, , TickPath memory now_) = source.recorderOf(MARKET);
        vm.assertEq(time, uint256(now_.time), "the time it says is the time it has");
        vm.assertLe(time, block.timestamp, "ahead of time");
        uint256 elapsed = time - before.time;
        int256 moved = int256(now_.tick) - before.tick;
        uint256 most = uint256(pace.maxMove) * (elapsed / pace.slot + 2);
        vm.assertLe(uint256(moved < 0 ? -moved : moved), most, "faster than its pace");
        if (elapsed != 0) _done();
    }

    /// @notice The pool is made to remember more, through any of the three adapters of pools.
    function remember(uint256 seed, uint256 time) external watched(0, 0) paired {
        uint32 window = uint32(bound(time, 60, 1 days));
        uint256 cardinality;
        if (seed % 3 == 0) cardinality = SOURCES.twap().remember(SOURCES.spot(), window);
        if (seed % 3 == 1) cardinality = SOURCES.truncated().remember(SOURCES.spot(), window);
        if (seed % 3 == 2) cardinality = SOURCES.depth().remember(SOURCES.spot(), window);
        (, , , , uint16 next, , ) = SOURCES.pool().slot0();
        vm.assertEq(cardinality, uint256(next), "as many as it says");
        _done();
    }

    // ---- the far ends ------------------------------------------------------------------------------------------------

    /// @notice The pool is traded: near the index, one time in eight far from it, and its liquidity comes and goes.
    function tradePool(uint256 move, uint256 seed) external watched(0, 0) paired {
        uint256 price = _near(move);
        if (seed % 8 == 0) price *= 3;
        uint128 liquidity = uint128(draw(seed, 0, SOURCES.LIQUIDITY() / 10, SOURCES.LIQUIDITY()));
        SOURCES.pool().moveTo(SOURCES.tickOf(price), liquidity);
        _done();
    }

    /// @notice The rollup's sequencer stops, starts again, or has been up for long; only then does what it guards speak.
    function restartSequencer(uint256 seed) external watched(0, 0) paired {
        uint256 since = seed % 3 == 2 ? block.timestamp - 2 hours : block.timestamp;
        SOURCES.uptime().setRound(1, seed % 3 == 0 ? int256(1) : int256(0), since, 1);
        IPriceSource source = SOURCES.guarded();
        SourceStatus said = source.read(MARKET).status;
        SourceStatus own = SOURCES.pyth().read(MARKET).status;
        SourceStatus down = seed % 3 == 0 ? SourceStatus.SEQUENCER_DOWN : SourceStatus.SEQUENCER_RESTARTED;
        vm.assertEq(uint256(said), uint256(seed % 3 == 2 ? own : down), "what the sequencer allows");
        _done();
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _remembered() private view returns (Pair[3] memory pairs) {
        PythSource.Signed memory signed = SOURCES.pyth().latestOf(MARKET);
        pairs[0] = Pair(uint256(int256(signed.price)), signed.publishedAt);
        (, SmoothedBookSource.Average memory average) = SOURCES.smoothed().averageOf(MARKET);
        pairs[1] = Pair(average.value, average.publishedAt);
        RedemptionRateSource.Snapshot memory snapshot = SOURCES.redemption().snapshotOf(MARKET);
        pairs[2] = Pair(snapshot.rate, snapshot.takenAt);
    }

    /// @dev A price within three per cent of the index, quote per base, WAD.
    function _near(uint256 move) private view returns (uint256) {
        return (world.marks().peek(MARKET).index * (970 + (move % 61))) / 1000;
    }

    /// @dev A price to eight decimals as it would be signed, with the time of the one before it.
    function _signed(uint256 published, uint256 previous, uint256 price) private view returns (bytes[] memory data) {
        TestPyth far = SOURCES.far();
        int64 units = int64(uint64(price / 1e10));
        data = new bytes[](1);
        data[0] = far.createPriceFeedUpdateData(
            SOURCES.FEED(),
            units,
            uint64(price / 1e13),
            -8,
            units,
            0,
            uint64(published),
            uint64(previous)
        );
    }
}
