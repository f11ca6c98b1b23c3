// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAuthority} from "@openzeppelin/contracts/access/manager/IAuthority.sol";
import {AggregatorV3Interface} from "../../contracts/interfaces/AggregatorV3Interface.sol";
import {IIndexOracle} from "../../contracts/interfaces/IIndexOracle.sol";
import {IOrderBook} from "../../contracts/interfaces/IOrderBook.sol";
import {IPriceSource} from "../../contracts/interfaces/IPriceSource.sol";
import {Averages} from "../../contracts/libraries/Averages.sol";
import {WeightedMedian} from "../../contracts/libraries/WeightedMedian.sol";
import {IndexOracle} from "../../contracts/oracle/IndexOracle.sol";
import {MarkPrice} from "../../contracts/oracle/MarkPrice.sol";
import {ChainlinkSource} from "../../contracts/oracle/sources/ChainlinkSource.sol";
import {TestAggregator} from "../../contracts/test/TestAggregator.sol";
import {TestQuotes} from "../../contracts/test/TestQuotes.sol";
import {Action, Price, Validity} from "../../contracts/types/Price.sol";
import {Test} from "../support/Test.sol";

/// @title P12: the mark stays in its band and under its speed limit, whatever is traded
contract MarkPriceTest is Test, IAuthority {
    using WeightedMedian for WeightedMedian.Observation[];

    uint256 private constant BAND = 50_000;
    uint256 private constant SPEED = 3_333;
    uint256 private constant MILLION = 1e6;

    TestAggregator private _feed;
    TestQuotes private _book;
    IndexOracle private _oracle;
    MarkPrice private _marks;

    /// @dev What happens before one price is taken.
    struct Step {
        uint64 answer;
        uint16 elapsed;
        bool stale;
        TestQuotes.Shown shown;
    }

    function setUp() public {
        vm.warp(1_760_000_000);
        _feed = new TestAggregator(8);
        _book = new TestQuotes();
        ChainlinkSource source = new ChainlinkSource(address(this));
        source.setFeed(0, ChainlinkSource.Feed(AggregatorV3Interface(address(_feed)), 2 days, 0, 1_000, 0));
        _oracle = new IndexOracle(address(this));
        IndexOracle.SourceConfig[] memory sources = new IndexOracle.SourceConfig[](1);
        sources[0] = IndexOracle.SourceConfig(IPriceSource(address(source)), 100_000, 1_000, 0);
        _oracle.setSources(0, sources, IndexOracle.IndexConfig(1, 10_000, 10_000));
        _marks = new MarkPrice(IIndexOracle(address(_oracle)), address(this));
        _marks.setMarket(0, MarkPrice.MarkConfig(uint24(BAND), uint24(SPEED), 150, 30, 3_600, 60, 10_000, 16));
        _marks.setOrderBook(IOrderBook(address(_book)));
        _feed.report(3_000e8);
        _marks.priceFor(0, Action.OPEN);
    }

    /// @notice The authority of everything here: it lets all of it be called.
    function canCall(address, address, bytes4) external pure returns (bool) {
        return true;
    }

    /// @notice Any sequence of quotes, index moves, outages and pauses: never faster than the limit, and in the band unless the
    /// limit itself holds the mark back, in which case it goes there at full speed.
    function testFuzz_markKeepsToBandAndSpeed(Step[8] memory steps) public {
        Price memory last = _marks.peek(0);
        for (uint256 i; i < steps.length; ++i) {
            uint256 elapsed = bound(steps[i].elapsed, 1, 10_000);
            Price memory price = _take(steps[i], elapsed);
            uint256 room = (last.mark * SPEED * elapsed) / MILLION;
            uint256 moved = price.mark > last.mark ? price.mark - last.mark : last.mark - price.mark;
            vm.assertLe(moved, room, "P12: faster than the limit");
            if (price.validity == Validity.VALID) _checkBand(last, price, moved, room);
            else vm.assertEq(moved, 0, "the mark moved without a usable index");
            last = price;
        }
    }

    /// @notice Nothing that happens after the first price of a block changes what the rest of the block is given.
    function testFuzz_blockHasOnePrice(Step memory first, Step memory second) public {
        Price memory price = _take(first, bound(first.elapsed, 1, 10_000));
        _book.show(_tamed(second.shown, price.index));
        _feed.report(int256(uint256(second.answer)));
        Price memory again = _marks.priceFor(0, Action.REDUCE);
        vm.assertEq(abi.encode(again), abi.encode(price), "two prices in one block");
    }

    /// @notice What peek shows is what priceFor gives.
    function testFuzz_peekIsPriceFor(Step memory step) public {
        _prepare(step, bound(step.elapsed, 1, 10_000));
        Price memory seen = _marks.peek(0);
        Price memory given = _marks.priceFor(0, Action.REDUCE);
        vm.assertEq(abi.encode(seen), abi.encode(given), "peek and priceFor differ");
    }

    /// @notice The weighted median has at most half of the weight strictly on either side, and is inside the sources.
    function testFuzz_medianSplitsWeight(uint64[8] memory prices, uint32[8] memory weights, uint8 size) public pure {
        uint256 count = bound(size, 1, 8);
        WeightedMedian.Observation[] memory list = new WeightedMedian.Observation[](count);
        for (uint256 i; i < count; ++i) {
            uint256 weight = bound(weights[i], 1, type(uint32).max);
            list.insert(i, WeightedMedian.Observation(prices[i], weight, 0, i, i));
        }
        (uint256 value, ) = list.median(count);
        (uint256 below, uint256 above, uint256 total) = (0, 0, 0);
        for (uint256 i; i < count; ++i) {
            if (i > 0) vm.assertLe(list[i - 1].price, list[i].price, "not in order");
            if (list[i].price < value) below += list[i].weight;
            if (list[i].price > value) above += list[i].weight;
            total += list[i].weight;
        }
        vm.assertLe(below * 2, total, "more than half below");
        vm.assertLe(above * 2, total, "more than half above");
        vm.assertGe(value, list[0].price, "below every source");
        vm.assertLe(value, list[count - 1].price, "above every source");
    }

    /// @notice An average never leaves the stretch between what it was and its sample, and two steps come to one.
    function testFuzz_averageStaysBetween(
        int88 average,
        int88 sample,
        uint16 first,
        uint16 second,
        uint16 tau
    ) public pure {
        uint256 constantOf = bound(tau, 1, type(uint16).max);
        int256 once = Averages.towards(average, sample, uint256(first) + second, constantOf);
        (int256 low, int256 high) = average < sample ? (average, sample) : (sample, average);
        vm.assertGe(once, low, "below both");
        vm.assertLe(once, high, "above both");
        int256 twice = Averages.towards(average, sample, first, constantOf);
        twice = Averages.towards(twice, sample, second, constantOf);
        uint256 tolerance = uint256(int256(high) - int256(low)) / 1e15 + 3;
        vm.assertApproxEqAbs(once, twice, tolerance, "depends on how often it is updated");
    }

    function _take(Step memory step, uint256 elapsed) private returns (Price memory) {
        _prepare(step, elapsed);
        return _marks.priceFor(0, Action.REDUCE);
    }

    /// @dev One answer in eight is raw, so that zero and beyond any price happen: the index is then INVALID. The others lie
    /// between a third and three times the first price.
    function _prepare(Step memory step, uint256 elapsed) private {
        skip(elapsed);
        uint256 answer = step.answer % 8 == 0 ? step.answer : bound(step.answer, 1_000e8, 9_000e8);
        bool stale = step.stale && step.answer % 4 == 1;
        _feed.setRound(1, int256(answer), stale ? block.timestamp - 3 days : block.timestamp, 1);
        _book.show(_tamed(step.shown, answer * 1e10));
    }

    /// @dev A book's prices fit 128 bits, and a bid is below an ask. One bid in four is anything, the others lie within 20 % of
    /// the index; one ask in four is missing.
    function _tamed(TestQuotes.Shown memory shown, uint256 index) private pure returns (TestQuotes.Shown memory) {
        shown.bid = _near(shown.bid, index);
        shown.ask = shown.ask % 4 == 0 ? 0 : shown.bid + 1 + (shown.ask % (index / 100 + 1));
        shown.last = _near(shown.last, index);
        shown.impactBid = _near(shown.impactBid, index);
        shown.impactAsk = _near(shown.impactAsk, index);
        return shown;
    }

    function _near(uint256 price, uint256 index) private pure returns (uint256) {
        if (price % 4 == 0) return price % type(uint128).max;
        return (index * bound(price, 800_000, 1_200_000)) / MILLION;
    }

    function _checkBand(Price memory last, Price memory price, uint256 moved, uint256 room) private pure {
        uint256 edge = (price.index * BAND) / MILLION;
        if (price.mark > price.index + edge) {
            vm.assertEq(moved, room, "P12: above the band without need");
            vm.assertLt(price.mark, last.mark + 1, "P12: moving away from the band");
        }
        if (price.mark + edge < price.index) {
            vm.assertEq(moved, room, "P12: below the band without need");
            vm.assertGt(price.mark + 1, last.mark, "P12: moving away from the band");
        }
        vm.assertLe(price.premium, int256((1e18 * BAND) / MILLION), "premium beyond the band");
        vm.assertGe(price.premium, -int256((1e18 * BAND) / MILLION), "premium beyond the band");
    }
}
