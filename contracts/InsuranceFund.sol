// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";
import {FixedMath} from "./libraries/FixedMath.sol";
import {RateLimit} from "./libraries/RateLimit.sol";

/// @title First-loss money
/// @notice Pays the deficits of bankrupt accounts (mechanism section 7, step 3) within limits per payment and per window, for
/// each market and for the fund as a whole, so that no market and no burst of small liquidations can drain it.
/// @dev The money is the cash of the fund's own ledger account; fees and top-ups arrive there.
contract InsuranceFund is IInsuranceFund, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The caller may not have deficits paid.
    error NotPayer(address caller);
    /// @notice Nothing to move.
    error ZeroAmount();
    /// @notice The token delivered other than what was asked: fee-on-transfer tokens are refused. Token decimals.
    error InexactTransfer(uint256 expected, uint256 received);
    /// @notice A limit without a window, or whose single payment exceeds its window's.
    error UnsafeLimit(uint48 single, uint48 capacity, uint32 window);
    /// @notice No withdrawal is announced.
    error NothingAnnounced();
    /// @notice The announced withdrawal is not due yet, or has lapsed. Seconds.
    error OutsideWithdrawalWindow(uint256 opensAt, uint256 closesAt);

    /// @notice A deficit was paid.
    /// @param requested quote, WAD
    /// @param paid quote, WAD: less if limits or balance did not allow more
    event DeficitPaid(uint8 indexed market, uint32 indexed account, uint256 requested, uint256 paid);
    /// @notice Somebody has put money into the fund.
    /// @param tokens in the token's decimals
    event ToppedUp(address indexed payer, uint256 tokens);
    /// @notice What the fund pays for one market has changed.
    /// @param single most at once, quote, whole units
    /// @param capacity most in a window, quote, whole units
    /// @param window seconds
    event MarketLimitSet(uint8 indexed market, uint48 single, uint48 capacity, uint32 window);
    /// @notice As MarketLimitSet, for all markets together.
    event TotalLimitSet(uint48 single, uint48 capacity, uint32 window);
    /// @notice A contract may have deficits paid from now on, or may no longer.
    event PayerSet(address indexed payer, bool allowed);
    /// @notice Governance may withdraw that much between the two times; an announcement before it is replaced. Seconds.
    /// @param tokens in the token's decimals
    event WithdrawalAnnounced(uint256 tokens, uint256 opensAt, uint256 closesAt);
    /// @notice The announced withdrawal was taken back. In the token's decimals.
    event WithdrawalCancelled(uint256 tokens);
    /// @notice The announced withdrawal was made. In the token's decimals.
    event Withdrawn(address indexed to, uint256 tokens, uint256 paid);

    /// @dev `tokens` in the token's decimals; 0 if none is announced.
    struct Withdrawal {
        uint128 tokens;
        uint64 opensAt;
        uint64 closesAt;
    }

    /// @notice Everyone can see a withdrawal coming for this long, and it lapses this long after it opens.
    uint256 public constant WITHDRAWAL_DELAY = 3 days;
    uint256 public constant WITHDRAWAL_WINDOW = 7 days;

    IClearingHouse public immutable LEDGER;
    IERC20 public immutable QUOTE;

    /// @notice The fund's ledger account.
    uint32 public immutable ACCOUNT;

    mapping(address payer => bool) public isPayer;
    mapping(uint8 market => RateLimit) private _marketLimits;
    RateLimit private _totalLimit;
    Withdrawal private _withdrawal;

    constructor(IClearingHouse ledger, address authority) AccessManaged(authority) {
        LEDGER = ledger;
        QUOTE = IERC20(ledger.quoteToken());
        ACCOUNT = ledger.openAccount(0);
    }

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @notice Adds money to the fund. Anyone.
    /// @param tokens in the token's decimals; credited exactly. Reverts with InexactTransfer for a token that takes a fee.
    function topUp(uint256 tokens) external nonReentrant {
        if (tokens == 0) revert ZeroAmount();
        uint256 before = QUOTE.balanceOf(address(this));
        QUOTE.safeTransferFrom(msg.sender, address(this), tokens);
        uint256 received = QUOTE.balanceOf(address(this)) - before;
        if (received != tokens) revert InexactTransfer(tokens, received);
        QUOTE.forceApprove(address(LEDGER), tokens);
        LEDGER.deposit(ACCOUNT, tokens);
        emit ToppedUp(msg.sender, tokens);
    }

    // ---- the waterfall -----------------------------------------------------------------------------------------------

    /// @inheritdoc IInsuranceFund
    function pay(uint8 market, uint32 account, uint256 amount) external returns (uint256 paid) {
        if (!isPayer[msg.sender]) revert NotPayer(msg.sender);
        paid = FixedMath.min(amount, balance());
        if (paid == 0 || account == ACCOUNT) return 0;
        paid = FixedMath.min(paid, _marketLimits[market].room());
        if (paid == 0) return 0;
        paid = FixedMath.min(paid, _totalLimit.room());
        if (paid == 0) return 0;
        _marketLimits[market].spend(paid);
        _totalLimit.spend(paid);
        LEDGER.transferCash(ACCOUNT, account, paid);
        emit DeficitPaid(market, account, amount, paid);
    }

    // ---- governance --------------------------------------------------------------------------------------------------

    /// @notice Lets a contract have deficits paid. Governance.
    function setPayer(address payer, bool allowed) external restricted {
        isPayer[payer] = allowed;
        emit PayerSet(payer, allowed);
    }

    /// @notice Sets what a market may cost the fund: at most `single` at once and `capacity` in `window` seconds, refilled
    /// evenly. Governance. Whole quote units. A market without a limit is not insured.
    function setMarketLimit(uint8 market, uint48 single, uint48 capacity, uint32 window) external restricted {
        _requireSafe(single, capacity, window);
        _marketLimits[market].set(single, capacity, window);
        emit MarketLimitSet(market, single, capacity, window);
    }

    /// @notice Sets what all markets together may cost the fund, as `setMarketLimit`. Governance.
    function setTotalLimit(uint48 single, uint48 capacity, uint32 window) external restricted {
        _requireSafe(single, capacity, window);
        _totalLimit.set(single, capacity, window);
        emit TotalLimitSet(single, capacity, window);
    }

    /// @notice Announces a withdrawal; it can be made after WITHDRAWAL_DELAY, for WITHDRAWAL_WINDOW. Governance. A new
    /// announcement replaces the one before.
    /// @param tokens in the token's decimals
    function announceWithdrawal(uint128 tokens) external restricted {
        if (tokens == 0) revert ZeroAmount();
        uint256 opensAt = block.timestamp + WITHDRAWAL_DELAY;
        uint256 closesAt = opensAt + WITHDRAWAL_WINDOW;
        _withdrawal = Withdrawal(tokens, uint64(opensAt), uint64(closesAt));
        emit WithdrawalAnnounced(tokens, opensAt, closesAt);
    }

    /// @notice Takes an announcement back. Governance, or a guardian if the manager says so.
    function cancelWithdrawal() external restricted {
        uint256 tokens = _withdrawal.tokens;
        if (tokens == 0) revert NothingAnnounced();
        delete _withdrawal;
        emit WithdrawalCancelled(tokens);
    }

    /// @notice Makes the announced withdrawal. Governance. Reverts outside its window, and with the ledger's error if
    /// deficits have used the money meanwhile.
    /// @return paid tokens sent, as the ledger pays withdrawals
    function withdraw(address to) external restricted nonReentrant returns (uint256 paid) {
        Withdrawal memory announced = _withdrawal;
        if (announced.tokens == 0) revert NothingAnnounced();
        if (block.timestamp < announced.opensAt || block.timestamp >= announced.closesAt) {
            revert OutsideWithdrawalWindow(announced.opensAt, announced.closesAt);
        }
        delete _withdrawal;
        paid = LEDGER.withdraw(ACCOUNT, announced.tokens, to);
        emit Withdrawn(to, announced.tokens, paid);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice The fund's money, quote, WAD.
    function balance() public view returns (uint256) {
        int256 cash = LEDGER.accountData(ACCOUNT).cash;
        return cash > 0 ? uint256(cash) : 0;
    }

    /// @inheritdoc IInsuranceFund
    function available(uint8 market) external view returns (uint256) {
        return FixedMath.min(balance(), FixedMath.min(_marketLimits[market].room(), _totalLimit.room()));
    }

    /// @notice A market's limit as stored. See libraries/RateLimit.sol for units.
    function marketLimit(uint8 market) external view returns (RateLimit memory) {
        return _marketLimits[market];
    }

    /// @notice The limit over all markets as stored.
    function totalLimit() external view returns (RateLimit memory) {
        return _totalLimit;
    }

    /// @notice The announced withdrawal; all zero if there is none.
    function withdrawal() external view returns (Withdrawal memory) {
        return _withdrawal;
    }

    function _requireSafe(uint48 single, uint48 most, uint32 window) private pure {
        if (window == 0 || single > most) revert UnsafeLimit(single, most, window);
    }
}
