// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IOrderBook} from "../../interfaces/IOrderBook.sol";
import {IPriceSource, Reading, SourceStatus} from "../../interfaces/IPriceSource.sol";
import {Averages} from "../../libraries/Averages.sol";
import {ParameterRange} from "../../libraries/ParameterRange.sol";

/// @title A slow average of the exchange's own book, for an asset that trades nowhere else yet
/// @notice The index of a pre-market: an exponential average of the middle of the book over hours (mechanism section 5; a venue used
/// eight hours after August 2025). Where there is any outside price, use that: this one only makes a push cost its time.
/// @dev A quote counts as far as it stood both at the last recording and at this one, and for at most `maxStep` seconds: orders
/// shown for one transaction move nothing. An empty or one-sided book moves nothing either, and lets the price go stale.
contract SmoothedBookSource is IPriceSource, AccessManaged {
    /// @notice How a market's average is made.
    /// @param tau time constant, seconds; 0 removes the market
    /// @param maxStep most seconds one recording counts for
    /// @param maxAge seconds without a recorded quote after which the price is stale
    /// @param depth weight in the index, quote, whole units
    struct Smoothing {
        uint32 tau;
        uint16 maxStep;
        uint32 maxAge;
        uint32 depth;
    }

    /// @notice Average and last quote (quote per base, WAD), when the average was last confirmed by a quote, and when it was last
    /// recorded, seconds.
    struct Average {
        uint96 value;
        uint96 quote;
        uint32 publishedAt;
        uint32 recordedAt;
    }

    uint256 private constant WAD = 1e18;

    /// @notice A market's average was set to start from a price (quote per base, WAD), or was removed.
    event SmoothingSet(uint8 indexed market, Smoothing smoothing, uint256 start);

    /// @notice A market's average after a recording, quote per base, WAD.
    event AverageRecorded(uint8 indexed market, uint256 value, uint256 quote);

    /// @notice Whose quotes are averaged.
    IOrderBook public immutable BOOK;

    mapping(uint8 market => Smoothing) private _smoothings;
    mapping(uint8 market => Average) private _averages;

    constructor(IOrderBook book, address authority) AccessManaged(authority) {
        BOOK = book;
    }

    /// @inheritdoc IPriceSource
    function read(uint8 market) external view returns (Reading memory reading) {
        Smoothing memory smoothing = _smoothings[market];
        Average memory average = _averages[market];
        if (smoothing.tau == 0) reading.status = SourceStatus.UNCONFIGURED;
        else if (block.timestamp - average.publishedAt > smoothing.maxAge) reading.status = SourceStatus.STALE;
        if (reading.status != SourceStatus.OK) return reading;
        reading.price = average.value;
        reading.publishedAt = average.publishedAt;
        reading.depth = smoothing.depth * WAD;
    }

    /// @notice Takes the book's middle into the average. Anyone; a second call in a block does nothing.
    /// @return value quote per base, WAD
    function record(uint8 market) external returns (uint256 value) {
        Smoothing memory smoothing = _smoothings[market];
        Average memory average = _averages[market];
        if (smoothing.tau == 0 || average.recordedAt == block.timestamp) return average.value;
        uint256 elapsed = block.timestamp - average.recordedAt;
        if (elapsed > smoothing.maxStep) elapsed = smoothing.maxStep;
        uint256 quote = _middle(market);
        if (quote != 0 && average.quote != 0) {
            int256 sample = int256(_nearer(average.value, average.quote, quote));
            average.value = uint96(
                uint256(Averages.towards(int256(uint256(average.value)), sample, elapsed, smoothing.tau))
            );
            average.publishedAt = uint32(block.timestamp);
        }
        (average.quote, average.recordedAt) = (uint96(quote), uint32(block.timestamp));
        _averages[market] = average;
        emit AverageRecorded(market, average.value, quote);
        return average.value;
    }

    /// @notice Sets or removes a market's average. Restricted.
    /// @dev Reverts with ParameterOutOfRange on a time constant outside a minute to a week, a step outside a second to that
    /// constant, an age outside a second to two days, no depth, or a start that is no price.
    /// @param start quote per base, WAD: what the average starts from
    function setSmoothing(uint8 market, Smoothing calldata smoothing, uint256 start) external restricted {
        delete _averages[market];
        if (smoothing.tau != 0) {
            ParameterRange.check("tau", smoothing.tau, 1 minutes, 7 days);
            ParameterRange.check("maxStep", smoothing.maxStep, 1, smoothing.tau);
            ParameterRange.check("maxAge", smoothing.maxAge, 1, 2 days);
            ParameterRange.check("depth", smoothing.depth, 1, type(uint32).max);
            ParameterRange.check("start", start, 1, type(uint96).max);
            uint32 time = uint32(block.timestamp);
            _averages[market] = Average(uint96(start), 0, time, time);
        }
        _smoothings[market] = smoothing;
        emit SmoothingSet(market, smoothing, start);
    }

    /// @notice How a market's average is made, and where it stands.
    function averageOf(uint8 market) external view returns (Smoothing memory smoothing, Average memory average) {
        return (_smoothings[market], _averages[market]);
    }

    /// @dev The book's middle; 0 without both quotes, or if it is more than an average can hold.
    function _middle(uint8 market) private view returns (uint256 middle) {
        (uint256 bid, uint256 ask, ) = BOOK.quotes(market);
        if (bid == 0 || ask == 0 || bid > type(uint96).max || ask > type(uint96).max) return 0;
        return (bid + ask) / 2;
    }

    /// @dev The quote nearer to the average if both lie on one side of it, else the average: as far as it stood all the time.
    function _nearer(uint256 value, uint256 before, uint256 present) private pure returns (uint256) {
        if (before > value && present > value) return before < present ? before : present;
        if (before < value && present < value) return before > present ? before : present;
        return value;
    }
}
