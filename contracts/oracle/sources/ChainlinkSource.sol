// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {AggregatorV3Interface} from "../../interfaces/AggregatorV3Interface.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {BoundedCall} from "../../libraries/BoundedCall.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";

/// @title Prices of Chainlink feeds
/// @notice A feed shows no depth, so it is given a nominal one, its weight in the index. One heartbeat per feed: feeds with
/// different ones must not share it (mechanism section 5).
contract ChainlinkSource is IPriceSource, AccessManaged {
    /// @notice One market's feed.
    /// @param aggregator the feed's proxy; zero removes it
    /// @param heartbeat seconds after which an answer is stale: the feed's own, with room for a late report
    /// @param deviation half width of an answer's uncertainty, parts per million: what it may move before it is reported
    /// @param depth weight in the index, quote, whole units
    /// @param decimals of the answer; read from the feed, whatever is passed
    struct Feed {
        AggregatorV3Interface aggregator;
        uint32 heartbeat;
        uint24 deviation;
        uint32 depth;
        uint8 decimals;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant MILLION = 1e6;

    /// @notice A market's feed was set; a zero aggregator removes it.
    event FeedSet(uint8 indexed market, Feed feed);

    mapping(uint8 market => Feed) private _feeds;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPriceSource
    /// @dev Rounded down to WAD where the feed has more decimals than that, which `setFeed` refuses anyway: exact.
    function read(uint8 market) external view returns (Reading memory reading) {
        Feed memory feed = _feeds[market];
        if (address(feed.aggregator) == address(0)) return _failed(SourceStatus.UNCONFIGURED);
        (BoundedCall.Outcome outcome, uint256[5] memory words) = BoundedCall.read(
            address(feed.aggregator),
            gasleft(),
            abi.encodePacked(AggregatorV3Interface.latestRoundData.selector)
        );
        if (outcome == BoundedCall.Outcome.UNREACHABLE) return _failed(SourceStatus.UNREACHABLE);
        if (outcome == BoundedCall.Outcome.MALFORMED) return _failed(SourceStatus.MALFORMED);

        reading.status = _judge(words, feed.heartbeat);
        if (reading.status != SourceStatus.OK) return reading;
        reading.price = words[1] * 10 ** (18 - feed.decimals);
        reading.confidence = (reading.price * feed.deviation) / MILLION;
        reading.publishedAt = words[3];
        reading.depth = feed.depth * WAD;
    }

    /// @notice Sets or removes a market's feed. Restricted. `decimals` of the argument is ignored and read from the feed.
    /// @dev Reverts with ParameterOutOfRange on a heartbeat outside a second to two days, a deviation above 10 %, no depth, or
    /// a feed with more than 18 decimals.
    function setFeed(uint8 market, Feed memory feed) external restricted {
        if (address(feed.aggregator) != address(0)) {
            ParameterRange.check("heartbeat", feed.heartbeat, 1, 2 days);
            ParameterRange.check("deviation", feed.deviation, 0, MILLION / 10);
            ParameterRange.check("depth", feed.depth, 1, type(uint32).max);
            feed.decimals = feed.aggregator.decimals();
            ParameterRange.check("decimals", feed.decimals, 0, 18);
        }
        _feeds[market] = feed;
        emit FeedSet(market, feed);
    }

    /// @notice A market's feed as it was set.
    function feedOf(uint8 market) external view returns (Feed memory) {
        return _feeds[market];
    }

    /// @dev Words of latestRoundData: round, answer, started at, updated at, round of the answer.
    function _judge(uint256[5] memory words, uint256 heartbeat) private view returns (SourceStatus) {
        uint256 answer = words[1];
        uint256 updatedAt = words[3];
        if (words[0] > type(uint80).max || words[4] > type(uint80).max) return SourceStatus.MALFORMED;
        if (answer == 0 || answer > uint256(type(int256).max)) return SourceStatus.NOT_POSITIVE;
        if (answer > type(uint128).max) return SourceStatus.OUT_OF_RANGE;
        if (updatedAt > block.timestamp) return SourceStatus.FUTURE;
        if (updatedAt == 0 || words[4] < words[0]) return SourceStatus.INCOMPLETE;
        if (block.timestamp - updatedAt > heartbeat) return SourceStatus.STALE;
        return SourceStatus.OK;
    }

    function _failed(SourceStatus status) private pure returns (Reading memory reading) {
        reading.status = status;
    }
}
